/** Everything that is built from source files: bundles, the site, the program and the local cloud. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ImageName, imageSources } from "../../../stacks/imageSources.ts";
import { Bundles, imageNames } from "./bundles.ts";
import type { Table } from "./meaning.ts";
import { type BuildInputs, localCloudOf, programOf } from "./program.ts";
import { SiteServer } from "./site.ts";

export class Sources {
    readonly bundles: Bundles;
    readonly site: SiteServer;
    readonly #root: string;
    readonly #localCloud: BuildInputs;
    #program: BuildInputs;

    private constructor(
        root: string,
        bundles: Bundles,
        site: SiteServer,
        program: BuildInputs,
        localCloud: BuildInputs,
    ) {
        this.#root = root;
        this.bundles = bundles;
        this.site = site;
        this.#program = program;
        this.#localCloud = localCloud;
    }

    /**
     * @param root the project's folder
     * @param stateDir the local cloud's folder, in which the builds are kept
     * @param isDebugged whether debuggers attach to the code
     */
    static async open(root: string, stateDir: string, isDebugged = false): Promise<Sources> {
        const folder = join(stateDir, "dev");
        const [bundles, site, program, localCloud] = await Promise.all([
            Bundles.open(root, join(folder, "code"), isDebugged),
            SiteServer.open(root, join(folder, "vite")),
            programOf(root),
            localCloudOf(root),
        ]);
        return new Sources(root, bundles, site, program, localCloud);
    }

    table(): Table {
        return {
            bundles: this.bundles.inputs,
            contexts: new Map(imageNames.map((image) => [image, this.#contextOf(image)])),
            site: this.site,
            program: this.#program.inputs,
            localCloud: this.#localCloud.inputs,
        };
    }

    /**
     * Reads the stack's current program.
     *
     * @returns whether its behaviour has changed
     * @throws {CompileError} when it does not compile
     */
    async readProgram(): Promise<boolean> {
        const before = this.#program;
        this.#program = await programOf(this.#root);
        return this.#program.hash !== before.hash;
    }

    /** Rebuilds everything, for example with other packages. */
    async reopen(): Promise<void> {
        await this.bundles.reopen();
        await this.site.restart();
    }

    async close(): Promise<void> {
        await this.bundles.close();
        await this.site.close();
    }

    /** An image's build context: the paths that its `.dockerignore` allows. */
    #contextOf(image: ImageName): string[] {
        const file = join(this.#root, imageSources[image].folder, "Dockerfile.dockerignore");
        const lines = readFileSync(file, "utf8").split("\n");
        return lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    }
}
