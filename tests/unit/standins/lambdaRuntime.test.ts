import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";

const client = join(import.meta.dirname, "../../../standins/lambdaRuntime.mjs");

/** Has fetch give up at once on what is long in coming, as it does after five minutes. */
const impatient = `const { fetch } = globalThis;
globalThis.fetch = async (url, options) => {
    if (url.endsWith("/next")) {
        throw new TypeError("fetch failed");
    }
    return await fetch(url, options);
};`;

describe("the Lambda runtime client", () => {
    let folder: string;
    let api: Server;
    let process_: ChildProcess | undefined;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-lambda-"));
        writeFileSync(join(folder, "index.mjs"), "export const handler = async (event) => ({ got: event.say });\n");
        writeFileSync(join(folder, "impatient.mjs"), impatient);
    });
    afterEach(() => {
        process_?.kill("SIGKILL");
        api.closeAllConnections();
        api.close();
        rmSync(folder, { recursive: true });
    });

    it("does not give up on its next event after fetch's five minutes", async () => {
        const answered = new Promise<string>((resolve) => {
            api = createServer(async (request, response) => {
                if (request.url?.endsWith("/next")) {
                    response.setHeader("lambda-runtime-aws-request-id", "1").end('{"say":"hello"}');
                } else {
                    resolve(await text(request));
                    response.end();
                }
            });
        });
        await once(api.listen(0, "127.0.0.1"), "listening");
        const { port } = api.address() as AddressInfo;
        process_ = spawn(process.execPath, ["--import", join(folder, "impatient.mjs"), client, "index.handler"], {
            env: { ...process.env, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`, LAMBDA_TASK_ROOT: folder },
            stdio: ["ignore", "ignore", "pipe"],
        });
        const ended = once(process_, "exit").then(() => "it ended");
        expect(await Promise.race([ended, answered])).to.equal('{"got":"hello"}');
    });
});
