import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { dockerignores } from "../../../docker/contexts.ts";
import { defaultOf } from "../../../local/images/dockerfile.ts";
import { imageSources } from "../../../stacks/imageSources.ts";

const root = join(import.meta.dirname, "../../..");

describe("The contexts that images are built from", () => {
    it("are what the bundles are made of (npm run contexts writes them)", async () => {
        const written = Object.entries(await dockerignores());
        const folders = Object.values(imageSources).map(({ folder }) => `${folder}/Dockerfile.dockerignore`);
        expect(written.map(([path]) => path)).to.have.members(folders);
        const stale = written.filter(([path, text]) => readFileSync(join(root, path), "utf8") !== text);
        expect(stale.map(([path]) => path)).to.deep.equal([]);
    });

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
