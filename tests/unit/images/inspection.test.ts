import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { startBaseRegistry } from "../../../local/images/baseRegistry.ts";
import { blobPath, packLayer } from "../../../local/images/layer.ts";
import { LayerStore } from "../../../local/images/layerStore.ts";
import { openRegistry } from "../../../local/images/registry.ts";
import { inspectImage } from "../../images/inspection.ts";

type Files = Record<string, string>;

interface Image {
    base?: Files;
    own?: Files;
    user?: string;
    env?: string[];
    mediaType?: string;
    architecture?: string;
}

const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const BUNDLE = {
    "var/task/index.mjs": "export const handler = 1;",
    "var/task/index.mjs.map": '{"sources":["a.ts"]}',
    "var/task/packages/@aws-sdk/client-s3.mjs": "export const s3 = 1;",
    "var/task/packages/chunk-ABCDEFG1.mjs": "",
};

describe("The inspection of an image", () => {
    let folder: string;
    let server: Server;
    const store = () => join(folder, "store");

    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), "story-42-inspection-"));
        mkdirSync(join(folder, "store/sha256"), { recursive: true });
        server = await startBaseRegistry([store()], 0);
    });
    afterEach(() => {
        server.close();
        rmSync(folder, { recursive: true });
    });

    async function layer(files: Files) {
        const source = mkdtempSync(join(folder, "layer-"));
        for (const [path, text] of Object.entries(files)) {
            mkdirSync(dirname(join(source, path)), { recursive: true });
            writeFileSync(join(source, path), text);
        }
        const packed = await packLayer(source, store(), "a test", new AbortController().signal);
        return { ...packed, mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip" };
    }

    function write(content: object): { digest: string; size: number } {
        const text = JSON.stringify(content);
        const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
        writeFileSync(blobPath(store(), digest), text);
        return { digest, size: text.length };
    }

    async function inspect({ base = {}, own = BUNDLE, user = "993:990", env = [], ...rest }: Image) {
        const layers = [await layer({ "etc/os-release": "Debian", ...base }), await layer(own)];
        const config = write({
            os: "linux",
            architecture: rest.architecture ?? "amd64",
            config: { User: user, Env: env },
            rootfs: { diff_ids: layers.map(({ diffId }) => diffId) },
            history: [{ created_by: "base" }, { created_by: "COPY" }, { created_by: "USER", empty_layer: true }],
        });
        const mediaType = rest.mediaType ?? MANIFEST;
        const { digest } = write({ schemaVersion: 2, mediaType, config, layers });
        return await look(digest);
    }

    async function look(digest: string) {
        const { port } = server.address() as AddressInfo;
        const { registry } = openRegistry(`127.0.0.1:${port}/image@${digest}`, "");
        return await inspectImage(registry, digest, new LayerStore(join(folder, "unpacked")), {
            platform: "linux/amd64",
            lastStage: ["FROM base", "COPY --from=build /out/ /var/task/", "USER 993:990"],
            ownBytes: 10_000,
            secrets: { "the setting apiKey": "a-very-secret-value" },
        });
    }

    const problemsOf = async (image: Image) => (await inspect(image)).problems.join("\n");

    it("has nothing to say of a bundle and its map on a base", async () => {
        const found = await inspect({
            // Libraries bring keys for their own tests.
            base: { "usr/bin/perl": "", "lib.so": `-----BEGIN PRIVATE KEY-----\n${"A".repeat(64)}` },
        });
        expect(found.problems).to.deep.equal([]);
        expect(found).to.include({ baseLayers: 1, user: "993:990" });
        expect(found.baseTools).to.deep.equal(["perl"]);
    });

    const wrong: [string, Image, RegExp][] = [
        ["root as its user", { user: "" }, /user is ""/],
        ["root by another name", { user: "0:990" }, /user is "0:990"/],
        ["a name for a user", { user: "root" }, /user is "root"/],
        ["source files", { own: { ...BUNDLE, "var/task/index.ts": "" } }, /adds \/var\/task\/index\.ts/],
        [
            "a package's own files",
            { own: { ...BUNDLE, "var/task/packages/zod/index.js": "" } },
            /adds \/var\/task\/packages\/zod/,
        ],
        ["build tools", { own: { ...BUNDLE, "usr/bin/npm": "" } }, /adds \/usr\/bin\/npm/],
        [
            "the source in its map",
            { own: { ...BUNDLE, "var/task/index.mjs.map": '{"sourcesContent":["x"]}' } },
            /source itself/,
        ],
        ["no bundle", { own: { "var/task/index.mjs.map": "{}" } }, /bundle is missing/],
        [
            "a shell's history in its base",
            { base: { "root/.bash_history": "ls" } },
            /\/root\/\.bash_history is the history/,
        ],
        ["a secret in a file", { base: { "etc/key": "x a-very-secret-value y" } }, /\/etc\/key has the setting apiKey/],
        [
            "a secret among its variables",
            { env: ["KEY=a-very-secret-value"] },
            /settings or history have the setting apiKey/,
        ],
        ["an access key", { own: { "a.txt": "AKIAABCDEFGHIJKLMNOP" } }, /\/a\.txt has an AWS access key/],
        ["a registry's token", { own: { ".npmrc": "//r/:_authToken=abc" } }, /\/\.npmrc has a token/],
        ["too much", { own: { ...BUNDLE, "var/task/index.mjs": "x".repeat(10_001) } }, /10000 are allowed/],
        [
            "a manifest that Lambda does not know",
            { mediaType: "application/vnd.oci.image.manifest.v1+json" },
            /its manifest is/,
        ],
        ["another processor", { architecture: "arm64" }, /it is for linux\/arm64, not linux\/amd64/],
    ];
    for (const [title, image, problem] of wrong) {
        it(`finds ${title}`, async () => {
            expect(await problemsOf(image)).to.match(problem);
        });
    }

    it("never tells a secret", async () => {
        expect(await problemsOf({ base: { key: "a-very-secret-value" } })).to.not.contain("a-very-secret-value");
    });

    it("finds a list of platforms", async () => {
        const single = await inspect({});
        const { digest } = write({
            mediaType: "application/vnd.oci.image.index.v1+json",
            manifests: [{ digest: single.digest, platform: { os: "linux", architecture: "amd64" } }],
        });
        expect((await look(digest)).problems.join("\n")).to.match(/lists platforms/);
    });

    it("refuses a layer that is not what its digest says", async () => {
        const { digest, layers } = await inspect({});
        rmSync(join(folder, "unpacked"), { recursive: true });
        writeFileSync(blobPath(store(), layers[0] ?? ""), "something else");
        const failure = await look(digest).catch((error: Error) => error.message);
        expect(failure).to.contain("something else for the layer");
    });
});
