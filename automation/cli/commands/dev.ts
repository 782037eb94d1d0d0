import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { defineCommand } from "../command.ts";
import { CommandFailure } from "../exitCodes.ts";
import type { DeployedStack } from "../openStack.ts";

const result = z
    .strictObject({
        stack: z.string(),
        url: z.url().describe("The site's address on this machine."),
        service: z.url().describe("Where its requests to /api go."),
    })
    .describe("Printed once the site is served.");

interface Flags {
    port: number;
}

const DEFAULT_PORT = 4590;

/** Serves the site's sources in front of a deployed stack. */
export const devCommand = defineCommand<z.output<typeof result>, Flags>({
    name: "dev",
    about: "serve the site from its sources on this machine, in front of a deployed stack",
    help: `Open pages change with each saved file of site/. What they ask of the agent service goes to the stack, where you sign in
as its users do. Runs until you stop it. STORY42_SITE names another address than the stack's own for the service.`,
    define: (command) =>
        command.addOption(
            new Option("--port <port>", "the site's port on this machine").argParser(portOf).default(DEFAULT_PORT),
        ),
    result,
    streams: true,
    async run({ stack, folder, signal, emit }, { port }) {
        const sources = resolve(folder, "site");
        if (!existsSync(join(sources, "vite.config.ts"))) {
            throw new CommandFailure("usage", `There is no site in ${resolve(folder)}. --project names a checkout.`);
        }
        if (!existsSync(join(sources, "node_modules/vite"))) {
            throw new CommandFailure("tool_missing", `The site's packages are missing: run npm ci in ${sources}.`);
        }
        const deployed = await (await stack()).deployed();
        const service = process.env.STORY42_SITE ?? serviceAddress(deployed);
        const { url, close } = await serve(sources, service, port);
        emit({ stack: deployed.name, url, service });
        await (signal.aborted || once(signal, "abort"));
        await close();
        return undefined;
    },
    text: ({ stack, url, service }) => `The site: ${url}, with the agent service of ${stack} (${service})`,
});

/**
 * The address at which a stack's site finds the agent service.
 *
 * @throws {CommandFailure} when the stack has no site, or no service
 */
export function serviceAddress({ name, outputs }: Pick<DeployedStack, "name" | "outputs">): string {
    const { website_url, cognito_user_pool_client_id, ecs_service_name } = outputs as Partial<typeof outputs>;
    if (!website_url || !cognito_user_pool_client_id) {
        throw new CommandFailure("not_deployed", `${name} has no site with a user pool; \`story42 up\` deploys them.`);
    }
    if (!ecs_service_name) {
        throw new CommandFailure(
            "no_agent_service",
            `${name} has no agent service, which answers the site's requests.`,
        );
    }
    return website_url;
}

/** The part of Vite that is used here, from the site's own packages. */
interface Vite {
    createServer(options: object): Promise<{
        middlewares(request: IncomingMessage, response: ServerResponse): void;
        close(): Promise<void>;
    }>;
}

/** Serves the site on loopback; requests to `/api` go to the service. */
async function serve(root: string, service: string, port: number) {
    const configFile = join(root, "vite.config.ts");
    const vite = (await import(pathToFileURL(createRequire(configFile).resolve("vite")).href)) as Vite;
    const server = createServer((request, response) => {
        const { origin, host } = request.headers;
        if (origin !== undefined && origin !== `http://${host}`) {
            response.writeHead(403).end(`This server does not answer pages of ${origin}.\n`);
            return;
        }
        // The service would see another origin than its own.
        delete request.headers.origin;
        delete request.headers.referer;
        site.middlewares(request, response);
    });
    const site = await vite.createServer({
        root,
        configFile,
        logLevel: "warn",
        clearScreen: false,
        server: {
            middlewareMode: true,
            ws: { server },
            proxy: { "/api": { target: service, changeOrigin: true } },
        },
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening").catch(async (error: Error) => {
        await site.close();
        throw new CommandFailure(
            "usage",
            `The site can't use the port ${port}: ${error.message}. --port names another.`,
        );
    });
    const close = async () => {
        await site.close();
        server.close();
        server.closeAllConnections();
    };
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function portOf(text: string): number {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
        throw new InvalidArgumentError("It has to be a port, or 0 for a free one.");
    }
    return port;
}
