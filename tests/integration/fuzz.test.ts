/** What the published document allows, and what it does not, in many generated calls: no answer but those published. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { execa } from "execa";
import { operations } from "../../contract/operations.ts";
import { Scene } from "../kit/agent/scene.ts";
import { makeWorld, stopWorld } from "../kit/functions/world.ts";
import { documentPath } from "../kit/publishedApi.ts";
import { schemathesisCommand } from "../kit/tools.ts";

const CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

interface Fuzzed {
    url: string;
    /** The part of the document: one of its tags. */
    tag: string;
    token: string;
    /** Values for what the generator can't guess. */
    parameters?: Record<string, string>;
    examples: number;
    without?: string[];
}

/** Lets Schemathesis ask; throws with what it found. */
async function fuzz({ url, tag, token, parameters = {}, examples, without = [] }: Fuzzed): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "story-42-fuzz-"));
    const config = join(folder, "schemathesis.toml");
    const values = Object.entries(parameters).map(([name, value]) => `"${name}" = "${value}"`);
    writeFileSync(config, `[parameters]\n${values.join("\n")}\n`);
    try {
        const { exitCode, all } = await execa(
            await schemathesisCommand(),
            [
                ...[
                    "-m",
                    "schemathesis.cli",
                    "--config-file",
                    config,
                    "run",
                    documentPath,
                    "--url",
                    url,
                    "--include-tag",
                    tag,
                ],
                ...["--header", `Authorization: Bearer ${token}`, "--checks", CHECKS, "--warnings", "off"],
                ...["--phases", "examples,coverage,fuzzing", "--max-examples", String(examples), "--seed", "42"],
                ...["--generation-database", "none", "--request-timeout", "30", "--no-color"],
                ...without.flatMap((method) => ["--exclude-method", method]),
            ],
            { all: true, reject: false, cwd: folder },
        );
        expect(exitCode, all).to.equal(0);
        expect(all).to.match(/\d+ generated/);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

describe("what the API's document allows", function () {
    this.timeout(300_000);
    const scene = new Scene();
    let gateway: Server;

    after(async () => {
        gateway?.close();
        await stopWorld();
    });

    it("is answered by the functions as published", async () => {
        const world = await makeWorld();
        const succeeded = new Set<string>();
        gateway = createServer(async (request, response) => {
            const user = request.headers.authorization ? "fuzz" : undefined;
            // The gateway's own model lets nothing through but JSON objects.
            const { status, headers, body } = await world.call(request.url ?? "/", await text(request), user);
            if (status === 200) {
                succeeded.add(request.url ?? "/");
            }
            response.writeHead(status, headers).end(JSON.stringify(body));
        });
        await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
        const { port } = gateway.address() as AddressInfo;
        await fuzz({ url: `http://127.0.0.1:${port}`, tag: "REST API", token: "any", examples: 8 });
        // Only a picture of one's own can be drawn again, which no generator guesses.
        expect([...succeeded].sort()).to.deep.equal(
            operations
                .map(({ path }) => path)
                .filter((path) => path !== "/regenerate-segment-image")
                .sort(),
        );
    });

    it("is answered by the agent service as published", async () => {
        const id = await scene.story();
        await scene.narrated(id);
        await fuzz({
            url: scene.service.url,
            tag: "Agent service",
            token: scene.ann.idToken,
            parameters: {
                "path.id": id,
                "path.session_id": id,
                "path.segment": "1",
                "path.image": "1",
                "path.file": "segment_000.ts",
            },
            examples: 6,
            without: ["DELETE"],
        });
    });
});
