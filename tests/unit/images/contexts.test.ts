import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { build } from "esbuild";
// @ts-expect-error plain JavaScript, which runs before anything is built
import { alias } from "../../../docker/bundle.mjs";
import { contextOf } from "../../../local/images/context.ts";
import { defaultOf } from "../../../local/images/dockerfile.ts";
import { imageSources } from "../../../stacks/images.ts";

const root = join(import.meta.dirname, "../../..");

/** The files of the project that an image's bundle is made of, as the bundler finds them. */
async function bundled(folder: string): Promise<string[]> {
    const { metafile } = await build({
        absWorkingDir: root,
        entryPoints: [`${folder}/${folder.endsWith("story-generator") ? "main" : "index"}.ts`],
        bundle: true,
        alias,
        platform: "node",
        format: "esm",
        mainFields: ["module", "main"],
        write: false,
        metafile: true,
        outdir: "out",
        logLevel: "silent",
    });
    return Object.keys(metafile.inputs).filter((path) => !path.includes("node_modules"));
}

describe("The contexts that images are built from", () => {
    for (const { folder } of Object.values(imageSources)) {
        it(`have for ${folder} what its bundle is made of, and nothing that other images alone use`, async () => {
            const used = await bundled(folder);
            const elsewhere = used.filter((path) => !path.startsWith(`${folder}/`));
            const tools = ["docker/package.json", "docker/package-lock.json", "docker/bundle.mjs"];
            const ofOthers = contextOf(join(root, folder)).filter((path) => path !== folder && !tools.includes(path));
            expect(ofOthers).to.have.members(elsewhere);
        });
    }

    it("stand on images that are named by digest, but for AWS's own", () => {
        const bases = Object.values(imageSources).flatMap(({ folder }) => {
            const dockerfile = readFileSync(join(root, folder, "Dockerfile"), "utf8");
            return ["BUILD_IMAGE", "BASE_IMAGE"].map((argument) => defaultOf(dockerfile, argument) ?? "");
        });
        expect(bases).to.have.length(8);
        const moving = bases.filter((base) => !/@sha256:[0-9a-f]{64}$/.test(base));
        expect(moving.every((base) => base.startsWith("public.ecr.aws/lambda/nodejs:24"))).to.equal(true);
    });

    it("differ in nothing else from one Dockerfile to the next", () => {
        const functions = ["story-text-regen", "story-image-regen", "data-ops"].map((name) =>
            readFileSync(join(root, "docker", name, "Dockerfile"), "utf8")
                .replaceAll(name, "NAME")
                .split("\n")
                .slice(1),
        );
        expect(functions[1]).to.deep.equal(functions[0]);
        expect(functions[2]).to.deep.equal(functions[0]);
    });
});
