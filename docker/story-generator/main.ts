/** The container's process: starts the service, and ends it without losing finished work. */
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
    // Longer than the load balancer's idle timeout (125 s), which would otherwise write to a closed connection. The headers'
    // timeout is longer still, because Node has counted it from the previous request (nodejs/node#27363).
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

/** Refuses new works; running works may finish, and narrations continue in another container. */
async function end({ works, usage, log }: Service, signal: string): Promise<void> {
    log.info({ signal, active_runs: works.runs }, "draining");
    await works.drain(settings.drainMs);
    await works.close();
    await usage?.meter.flush();
    await flushTracing();
    log.info("drained");
    server.close(() => process.exit(0));
    // Streams and writing calls have ended; idle connections remain, and downloads, which get a moment more.
    setTimeout(() => process.exit(0), 3_000).unref();
    if ("closeIdleConnections" in server) {
        server.closeIdleConnections();
    }
}
