/** The load balancer's health check. */
import type { Context } from "hono";
import type { Service } from "../service.ts";
import type { SomeHandlers } from "./serve.ts";

export function healthRoutes(service: Service) {
    const answerHealth = (context: Context) =>
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
        });
    return { root: answerHealth, health: answerHealth, authHealth: answerHealth } satisfies SomeHandlers;
}
