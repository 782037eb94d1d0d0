import type { Case } from "./case.ts";
import { type Addressee, AwsRequest, type RequestHead } from "./request.ts";

interface Route {
    service: string;
    /** The operation as in {@link Case.requests}, without the service. */
    operation: string;
    /** The method of a REST operation. */
    method?: string;
    pattern?: RegExp;
    case: Case;
}

/** Finds the cases for a request. */
export class Routes {
    readonly #byService = new Map<string, Route[]>();

    constructor(cases: readonly Case[]) {
        for (const one of cases) {
            for (const words of one.requests) {
                const at = words.indexOf(":");
                const [service, operation] = [words.slice(0, at), words.slice(at + 1)];
                const [method = "", path] = operation.split(" ");
                const rest = path === undefined ? {} : { method, pattern: patternOf(path) };
                const routes = this.#byService.get(service) ?? [];
                this.#byService.set(service, [...routes, { service, operation, case: one, ...rest }]);
            }
        }
    }

    /** Whether a request's body must be read: a case handles the request, or the body is needed to know. */
    concerns({ service, operation }: Addressee, head: RequestHead): boolean {
        const routes = this.#byService.get(service) ?? [];
        return routes.some(
            (route) =>
                route.operation === "*" ||
                (route.pattern
                    ? route.method === head.method && route.pattern.test(head.path)
                    : operation === undefined || operation === route.operation),
        );
    }

    /** The request with the name of its operation, and the cases for it, in their order. */
    find(head: RequestHead, to: Addressee, body: Buffer): { request: AwsRequest; cases: Case[] } {
        const routes = this.#byService.get(to.service) ?? [];
        let request = new AwsRequest(head, to, body);
        const cases: Case[] = [];
        for (const { operation, method, pattern, case: one } of routes) {
            const found = method === head.method ? pattern?.exec(head.path) : undefined;
            if (found) {
                const params = Object.fromEntries(
                    Object.entries(found.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]),
                );
                request = new AwsRequest(head, to, body, { operation, params });
            }
            if (found || operation === "*" || (!pattern && operation === request.operation)) {
                cases.push(one);
            }
        }
        return { request, cases };
    }
}

/** A pattern for `/restapis/{id}/*` with a group for each name in braces; `{name+}` may contain slashes. */
function patternOf(path: string): RegExp {
    const source = path
        .replaceAll(/[.+?^$()|[\]\\]/g, "\\$&")
        .replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")
        .replaceAll(/\{(\w+)\\\+\}/g, "(?<$1>.+)")
        .replaceAll("*", ".*");
    return new RegExp(`^${source}/?$`);
}
