/** The contract's routes, each with what answers it. */
import type { Context, Hono, MiddlewareHandler } from "hono";
import type { z } from "zod";
import { type AgentRoute, type AgentRouteName, agentRoutes } from "../../../contract/agentRoutes.ts";
import type { Access } from "../access.ts";
import { bodyAs } from "../responses.ts";

type Routes = typeof agentRoutes;

/** A path as Hono writes it. */
type Pattern<Path extends string> = Path extends `${infer Before}{${infer Name}}${infer After}`
    ? `${Before}:${Name}${Pattern<After>}`
    : Path;

type Body<Route> = Route extends { body: infer Schema extends z.ZodType } ? z.output<Schema> : undefined;

/**
 * Answers a route.
 *
 * @param body reads the request's body as the route has it
 * @throws {HttpError} by `body`, with 400 and every field that is missing or wrong
 */
export type Handler<Name extends AgentRouteName> = (
    context: Context<Access, Pattern<Routes[Name]["path"]>>,
    body: () => Promise<Body<Routes[Name]>>,
) => Response | Promise<Response>;

/** What answers the routes, by their names. */
export type Handlers = { [Name in AgentRouteName]: Handler<Name> };
/** What answers some of them. */
export type SomeHandlers = Partial<Handlers>;

/** A route's path as Hono writes it. */
export function patternOf({ path }: AgentRoute): string {
    return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

/** Lets a caller in: by a token, or by a token or a ticket. */
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
