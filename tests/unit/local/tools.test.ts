/** What a machine without some of the tools is told, and what of a person's own tools is taken. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { expect } from "chai";
import { execa } from "execa";
import { Screen } from "../../../local/lib/screen.ts";
import { downloadArchive, downloadRelease } from "../../../local/tools/download.ts";
import { downloadModule } from "../../../local/tools/goModule.ts";
import { pluginTool } from "../../../local/tools/plugin.ts";
import { type Installer, onPath, type Tool, ToolSet } from "../../../local/tools/tool.ts";

describe("A tool that is missing", () => {
    let folder: string;
    let tools: ToolSet;
    const { signal } = new AbortController();

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-tools-"));
        Object.assign(process.env, { STORY42_CACHE: join(folder, "cache"), PULUMI_HOME: join(folder, "pulumi-home") });
        const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
        tools = new ToolSet(new Screen(silent as unknown as NodeJS.WriteStream), signal);
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const fromGo: Installer = {
        description: "build from Go modules",
        install: async (work, step, stop) => {
            const module = await downloadModule("example.com/plugin@v1.0.0", undefined, step, stop);
            writeFileSync(join(work, "pulumi-resource-thing"), module);
        },
    };
    const built: Installer = {
        description: "build",
        install: async (work) => writeFileSync(join(work, "pulumi-resource-thing"), "built"),
    };
    /** A plugin of which the network knows nothing. */
    const plugin = (own: Installer, version = "1.2.0"): Tool => {
        const tool = pluginTool("thing", version, own);
        return {
            ...tool,
            installers: tool.installers.filter(({ description }) => !description.startsWith("download")),
        };
    };
    const install = (home: string, version: string) => {
        const path = join(home, `plugins/resource-thing-v${version}`);
        mkdirSync(path, { recursive: true });
        writeFileSync(join(path, "pulumi-resource-thing"), `installed ${version}`, { mode: 0o755 });
        return path;
    };

    it("says without Go and a download what to install, and where a plugin that is there belongs", async () => {
        process.env.PATH = join(folder, "nothing");
        // Where Go is found without PATH, it finds nothing.
        process.env.GOPROXY = "off";
        const onMachine = onPath("go") !== undefined;
        const error = await tools.provide(plugin(fromGo)).catch((reason) => reason);
        expect(error.name).to.equal("ToolError");
        expect(error.message)
            .to.contain("Pulumi's thing plugin 1.2.0 is not here and could not be set up")
            .and.to.contain(`there is none in ${join(homedir(), ".pulumi/plugins/resource-thing-v1.2.0")}`)
            .and.to.contain("pulumi plugin install resource thing 1.2.0")
            .and.to.contain("--file ARCHIVE")
            .and.to.contain("install Go 1.26 or later (https://go.dev/dl)");
        expect(error.message).to.contain(
            onMachine ? "module lookup disabled" : "build from Go modules: Go is not installed (https://go.dev/dl)",
        );
        expect(readdirSync(join(folder, "cache/pulumi/plugins"))).to.deep.equal([]);
    });

    it("is the person's own one, of the right version", async () => {
        const installed = install(join(folder, "pulumi-home"), "1.2.0");
        const path = await tools.provide(plugin(built));
        expect(path).to.equal(join(folder, "cache/pulumi/plugins/resource-thing-v1.2.0/pulumi-resource-thing"));
        expect(readFileSync(path, "utf8")).to.equal("installed 1.2.0");
        // A copy: the engine writes beside it.
        expect(readdirSync(installed)).to.deep.equal(["pulumi-resource-thing"]);
    });

    it("is never one of another version", async () => {
        for (const version of ["1.2.1", "1.2.0-alpha.1", "1.2.00"]) {
            install(join(folder, "pulumi-home"), version);
        }
        expect(readFileSync(await tools.provide(plugin(built)), "utf8")).to.equal("built");
    });

    it("is made anew when it was made of older sources", async () => {
        let outdated = false;
        let made = 0;
        const counting: Installer = {
            description: "build",
            install: async (work) => {
                made += 1;
                outdated = false;
                writeFileSync(join(work, "pulumi-resource-thing"), `built ${made}`);
            },
        };
        const tool: Tool = { ...plugin(counting), isOutdated: () => outdated };
        await tools.provide(tool);
        expect(readFileSync(await tools.provide(tool), "utf8")).to.equal("built 1");
        outdated = true;
        expect(readFileSync(await tools.provide(tool), "utf8")).to.equal("built 2");
    });

    describe("and whose download", () => {
        let server: Server;
        let archive: Buffer;
        let answer: "whole" | "cut off" | "half" | "broken" | "none";

        beforeEach(async () => {
            const source = join(folder, "source");
            mkdirSync(source);
            // Text that does not shrink to nothing, so that half an archive lacks something.
            const text = Array.from({ length: 20_000 }, (_, line) => String(line ** 3)).join("\n");
            writeFileSync(join(source, "pulumi-resource-thing"), text);
            await execa("tar", ["-czf", join(folder, "thing.tar.gz"), "-C", source, "."]);
            archive = readFileSync(join(folder, "thing.tar.gz"));
            server = createServer((_request, response) => {
                if (answer === "none") {
                    response.writeHead(404).end();
                    return;
                }
                const half = archive.subarray(0, archive.length / 2);
                const body = { whole: archive, "cut off": half, half, broken: Buffer.from("<html>") }[answer];
                // What is cut off ends before the length that it was said to have.
                response.writeHead(200, { "content-length": answer === "cut off" ? archive.length : body.length });
                response.write(body, () => (answer === "cut off" ? response.destroy() : response.end()));
            }).listen(0, "127.0.0.1");
            await once(server, "listening");
        });
        afterEach(() => {
            server.close();
        });

        const provide = () => {
            const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/thing.tar.gz`;
            const download: Installer = {
                description: "download",
                install: (work, step, stop) => downloadArchive(url, work, step, stop),
            };
            return tools.provide({ ...plugin(built), installers: [download, built] });
        };

        it("works is unpacked", async () => {
            answer = "whole";
            expect(readFileSync(await provide(), "utf8")).to.match(/^0\n1\n8\n/);
            expect(readdirSync(join(folder, "cache/pulumi/plugins/resource-thing-v1.2.0")).sort()).to.deep.equal([
                ".origin",
                "pulumi-resource-thing",
            ]);
        });

        for (const kind of ["cut off", "half", "broken", "none"] as const) {
            it(`is ${kind} is made in the next way, with nothing half-made left`, async () => {
                answer = kind;
                expect(readFileSync(await provide(), "utf8")).to.equal("built");
                expect(readdirSync(join(folder, "cache/pulumi/plugins"))).to.deep.equal(["resource-thing-v1.2.0"]);
                expect(readdirSync(join(folder, "cache/pulumi/plugins/resource-thing-v1.2.0")).sort()).to.deep.equal([
                    ".origin",
                    "pulumi-resource-thing",
                ]);
            });
        }
    });
});

describe("A download", () => {
    let folder: string;
    let server: Server;
    let address: string;
    let digest: string | undefined;
    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), "story-42-download-"));
        writeFileSync(join(folder, "tool"), "a program");
        await execa("tar", ["-czf", join(folder, "tool.tar.gz"), "-C", folder, "tool"]);
        const archive = readFileSync(join(folder, "tool.tar.gz"));
        digest = `sha256:${createHash("sha256").update(archive).digest("hex")}`;
        server = createServer(({ url }, response) => {
            const isFile = url === "/own/tool/releases/download/v1/tool.tar.gz";
            response.end(isFile ? archive : JSON.stringify({ assets: [{ name: "tool.tar.gz", digest }] }));
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(() => {
        server.close();
        rmSync(folder, { recursive: true });
    });

    function download(): Promise<string[] | string> {
        const work = mkdtempSync(join(folder, "work-"));
        const step = { progress: () => {}, done: () => {}, failed: () => {} };
        const file = { repository: "own/tool", tag: "v1", name: "tool.tar.gz" };
        const hosts = { files: address, api: address };
        return downloadRelease(file, work, step, new AbortController().signal, 0, hosts).then(
            () => readdirSync(work),
            (error: Error) => error.message,
        );
    }

    it("is unpacked when it is what was published, and not otherwise", async () => {
        expect(await download()).to.deep.equal(["tool"]);
        digest = `sha256:${"0".repeat(64)}`;
        expect(await download()).to.match(/ has the digest [0-9a-f]{64}, and 0{64} is published$/);
        digest = undefined;
        expect(await download()).to.match(/ tells no digest of tool\.tar\.gz$/);
    });
});
