/** Whether the service lives; the load balancer asks this. */
import { Hono } from "hono";
import type { Service } from "../service.ts";

export function healthRoutes(service: Service): Hono {
    const routes = new Hono();
    for (const path of ["/", "/health", "/api/v1/auth/health"]) {
        routes.get(path, (context) =>
            context.json({
                status: "healthy",
                service: "story-generator",
                environment: service.settings.environment,
                region: service.settings.region,
                auth_enabled: service.settings.authEnabled,
                enabled: service.settings.authEnabled,
                user_pool_id: service.settings.cognito.userPoolId,
                active_runs: service.works.runs,
                draining: service.works.isDraining,
            }),
        );
    }
    return routes;
}
