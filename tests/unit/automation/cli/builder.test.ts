import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { findBuilder } from "../../../../automation/cli/builder.ts";

describe("looking for a builder of images", () => {
    let folder: string;
    let server: Server;

    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), "story-42-builder-"));
        mkdirSync(join(folder, "buildx/instances"), { recursive: true });
        process.env.DOCKER_CONFIG = folder;
        delete process.env.DOCKER_HOST;
        delete process.env.DOCKER_CONTEXT;
        server = createServer();
        await new Promise<void>((resolve) => server.listen(join(folder, "docker.sock"), resolve));
    });
    afterEach(() => {
        server.close();
        rmSync(folder, { recursive: true, force: true });
    });

    const name = (builder: string, Endpoint: string) =>
        writeFileSync(join(folder, "buildx/instances", builder), JSON.stringify({ Nodes: [{ Endpoint }] }));

    it("finds Docker where DOCKER_HOST says", async () => {
        process.env.DOCKER_HOST = `unix://${folder}/docker.sock`;
        expect((await findBuilder(undefined)).answers).to.equal(true);
    });

    it("finds Docker where the current context says", async () => {
        writeFileSync(join(folder, "config.json"), JSON.stringify({ currentContext: "mine" }));
        const meta = join(folder, "contexts/meta", createHash("sha256").update("mine").digest("hex"));
        mkdirSync(meta, { recursive: true });
        const address = `unix://${folder}/docker.sock`;
        writeFileSync(join(meta, "meta.json"), JSON.stringify({ Endpoints: { docker: { Host: address } } }));
        expect(await findBuilder(undefined)).to.deep.equal({ what: `Docker at ${address}`, answers: true });
    });

    it("finds a builder by its name", async () => {
        name("mine", `unix://${folder}/docker.sock`);
        expect(await findBuilder("mine")).to.deep.equal({
            what: `mine at unix://${folder}/docker.sock`,
            answers: true,
        });
    });

    it("finds one in a folder with a name as people give it", async () => {
        const path = join(folder, "für alle.sock");
        const other = createServer();
        await new Promise<void>((resolve) => other.listen(path, resolve));
        name("mine", `unix://${path}`);
        expect((await findBuilder("mine")).answers).to.equal(true);
        other.close();
    });

    it("tells a builder that is gone, one that nobody made, and one that can't be tried", async () => {
        name("gone", `unix://${folder}/other.sock`);
        name("far", "ssh://host");
        expect((await findBuilder("gone")).answers).to.equal(false);
        expect((await findBuilder("nobody")).what).to.contain('no Buildx builder "nobody"');
        expect((await findBuilder("far")).answers).to.equal(undefined);
    });
});
