/** The container's process: starts the service, and ends it without losing what is finished. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { flushTracing, startTracing } from "../shared/tracing.ts";
import { serviceName } from "./logger.ts";
import { createApp } from "./server.ts";
import { createService, type Service } from "./service.ts";
import { readSettings, type Settings } from "./settings.ts";

const settings = settingsOrExit();
const service = createService(settings);
await startTracing(serviceName, (why) => service.log.warn({ why }, "spans were lost"));
await service.works.open();
const server = serve({
    fetch: createApp(service).fetch,
    port: settings.port,
    hostname: settings.host,
    // Idle connections outlive those of the load balancer (125 s), which would otherwise write into a closed one; the
    // time for a request's headers is above that, because Node has counted it from the request before (nodejs/node#27363).
    serverOptions: { keepAliveTimeout: 130_000, headersTimeout: 135_000 },
});
await once(server, "listening");
const { port } = server.address() as AddressInfo;
service.log.info({ port, auth_enabled: settings.authEnabled }, "ready");
process.once("SIGTERM", () => void end(service, "SIGTERM"));
process.once("SIGINT", () => void end(service, "SIGINT"));
process.on("unhandledRejection", (error) => service.log.error({ err: error }, "unhandled rejection"));

function settingsOrExit(): Settings {
    try {
        return readSettings(process.env);
    } catch (error) {
        console.error((error as Error).message);
        process.exit(1);
    }
}

/** New works are refused from here on; those that run may finish, and the narrations go on in another container. */
async function end({ works, usage, log }: Service, signal: string): Promise<void> {
    log.info({ signal, active_runs: works.runs }, "draining");
    await works.drain(settings.drainMs);
    await works.close();
    await usage?.meter.flush();
    await flushTracing();
    log.info("drained");
    server.close(() => process.exit(0));
    // Streams and calls that write are over by now; what is left are idle connections, and downloads that get a moment more.
    setTimeout(() => process.exit(0), 3_000).unref();
    if ("closeIdleConnections" in server) {
        server.closeIdleConnections();
    }
}
