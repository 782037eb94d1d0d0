import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect } from "chai";
import { TtsClient } from "../../../../docker/shared/tts.ts";

/** A server of voices in a thread of its own, which closes its idle connections when it is told to, and says when it has. */
const SERVER = `
const { createServer } = require("node:http");
const { parentPort, workerData } = require("node:worker_threads");
const server = createServer((request, response) => response.end('["Ada"]'));
server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
parentPort.on("message", () => {
    server.closeIdleConnections();
    setTimeout(() => {
        Atomics.store(workerData, 0, 1);
        Atomics.notify(workerData, 0);
    }, 50);
});
`;

describe("the client of the text-to-speech API", () => {
    it("gets the voices though a busy process has not seen yet that all its kept-alive connections are closed", async () => {
        const closed = new Int32Array(new SharedArrayBuffer(4));
        const server = new Worker(SERVER, { eval: true, workerData: closed });
        try {
            const [port] = await once(server, "message");
            const client = new TtsClient({ baseUrl: `http://127.0.0.1:${port}` });
            const voices = () => Promise.all(Array.from({ length: 20 }, () => client.voices("key")));
            const all = await voices();
            server.postMessage("close");
            Atomics.wait(closed, 0, 0);
            expect(await voices()).to.deep.equal(all);
            expect(all[0]).to.deep.equal([{ id: "Ada", name: "Ada" }]);
        } finally {
            await server.terminate();
        }
    });
});
