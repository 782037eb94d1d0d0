/** The contract's routes with their handlers. */
import type { Context, Hono, MiddlewareHandler } from "hono";
import type { z } from "zod";
import { type AgentRoute, type AgentRouteName, agentRoutes } from "../../../contract/agentRoutes.ts";
import type { Access } from "../access.ts";
import { bodyAs } from "../responses.ts";

type Routes = typeof agentRoutes;

/** A path in Hono's syntax. */
type Pattern<Path extends string> = Path extends `${infer Before}{${infer Name}}${infer After}`
    ? `${Before}:${Name}${Pattern<After>}`
    : Path;

type Body<Route> = Route extends { body: infer Schema extends z.ZodType } ? z.output<Schema> : undefined;

/**
 * Handles a route.
 *
 * @param body parses the request's body by the route's schema
 * @throws {HttpError} from `body`: 400 with every missing or wrong field
 */
export type Handler<Name extends AgentRouteName> = (
    context: Context<Access, Pattern<Routes[Name]["path"]>>,
    body: () => Promise<Body<Routes[Name]>>,
) => Response | Promise<Response>;

/** The handlers of all routes by name. */
export type Handlers = { [Name in AgentRouteName]: Handler<Name> };
/** The handlers of some routes. */
export type SomeHandlers = Partial<Handlers>;

/** A route's path in Hono's syntax. */
export function patternOf({ path }: AgentRoute): string {
    return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

/** The authentication of routes: by a token, or by a token or a ticket. */
export interface Guards {
    user: MiddlewareHandler<Access>;
    userOrTicket: MiddlewareHandler<Access>;
}

/** Serves every route of the contract. */
export function serveRoutes(app: Hono<Access>, handlers: Handlers, guards: Guards): void {
    for (const [name, route] of Object.entries<AgentRoute>(agentRoutes)) {
        const answer = handlers[name as AgentRouteName] as (
            context: Context<Access>,
            body: () => Promise<unknown>,
        ) => Promise<Response>;
        const { body, auth, ticket } = route;
        const guard = ticket ? guards.userOrTicket : guards.user;
        app.on(route.method.toUpperCase(), [patternOf(route)], ...(auth ? [guard] : []), (context) =>
            answer(context, async () => body && (await bodyAs(context, body))),
        );
    }
}
