import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { agentRouteList } from "../../../../contract/agentRoutes.ts";
import { Scene } from "../../../kit/agent/scene.ts";
import { ServiceProcess } from "../../../kit/agent/world.ts";

const TRACE_ID = "5759e988bd862e3fe1be46a994272793";
const traceparent = (flags: string) => ({ traceparent: `00-${TRACE_ID}-53995c3f42cd8ad8-${flags}` });

describe("the traces of the agent service", () => {
    const scene = new Scene();
    const names: string[] = [];
    const collector = createServer(async (request, response) => {
        const text = (await request.toArray()).join("");
        names.push(...[...text.matchAll(/"name":"((?:GET|POST|DELETE) [^"]+)"/g)].map(([, name = ""]) => name));
        response.end("{}");
    });
    let service: ServiceProcess;

    before(async () => {
        collector.listen(0, "127.0.0.1");
        await once(collector, "listening");
        const { port } = collector.address() as AddressInfo;
        service = await ServiceProcess.start(scene.world, {
            TRACING: "on",
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`,
        });
    });
    after(async () => {
        await service?.end();
        collector.close();
    });

    it("begin with the requests that cost something, and with those of a caller who records a trace", async () => {
        const { idToken } = scene.ann;
        const traceOf = ({ headers }: Response) => headers.get("x-trace-id");
        expect(traceOf(await service.get("/api/v1/auth/me", idToken)), "a cheap one").to.equal(null);
        expect(traceOf(await service.get("/api/v1/auth/me", idToken, traceparent("00"))), "unsampled").to.equal(null);
        expect(traceOf(await service.get("/api/v1/auth/me", idToken, traceparent("01"))), "sampled").to.equal(TRACE_ID);
        expect(traceOf(await service.get("/health", undefined)), "a probe").to.equal(null);
        for (const { path, method } of agentRouteList.filter(({ costs }) => costs)) {
            const address = path.replaceAll(/\{\w+\}/g, "1");
            const { idToken } = scene.bob;
            const answer = await (method === "get"
                ? service.get(address, idToken)
                : service.post(address, idToken, { topic: "" }));
            expect(answer.status, path).to.be.above(399);
            expect(traceOf(answer), path).to.match(/^[0-9a-f]{32}$/);
        }
        // The rest of the spans is sent before it ends.
        await service.end();
        expect(names).to.have.members([
            "GET /api/v1/auth/me",
            "POST /api/v1/story/generate-pipeline",
            "GET /api/v1/story/session/:session_id",
            "POST /api/v1/stories/:id/segments/:segment/regenerate",
            "POST /api/v1/stories/:id/images/:image/regenerate",
            "POST /api/v1/audio/generate/:id",
        ]);
    });
});
