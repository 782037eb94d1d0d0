/** Everything that is built from source files: bundles, the site, the program and the local cloud. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type ImageName, imageSources } from "../stacks/imageSources.ts";
import { Bundle, imageNames } from "./bundles.ts";
import type { Table } from "./meaning.ts";
import { type BuildInputs, localCloudOf, programOf } from "./program.ts";
import { SiteServer } from "./site.ts";

export class Sources {
    readonly #root: string;
    readonly #folder: string;
    readonly #bundles = new Map<ImageName, Bundle>();
    #site: SiteServer;
    #program: BuildInputs;
    #localCloud: BuildInputs;

    private constructor(root: string, folder: string, site: SiteServer, program: BuildInputs, localCloud: BuildInputs) {
        this.#root = root;
        this.#folder = folder;
        this.#site = site;
        this.#program = program;
        this.#localCloud = localCloud;
    }

    /**
     * @param root the project's folder
     * @param stateDir the local cloud's folder, in which the builds are kept
     */
    static async open(root: string, stateDir: string): Promise<Sources> {
        const folder = join(stateDir, "dev");
        rmSync(join(folder, "code"), { recursive: true, force: true });
        const [site, program, localCloud] = await Promise.all([
            SiteServer.open(root, join(folder, "vite")),
            programOf(root),
            localCloudOf(root),
        ]);
        const sources = new Sources(root, folder, site, program, localCloud);
        await sources.#openBundles();
        return sources;
    }

    get site(): SiteServer {
        return this.#site;
    }

    table(): Table {
        return {
            bundles: new Map([...this.#bundles].map(([image, { inputs }]) => [image, inputs])),
            contexts: new Map(imageNames.map((image) => [image, this.#contextOf(image)])),
            site: this.#site,
            program: this.#program.inputs,
            localCloud: this.#localCloud.inputs,
        };
    }

    /**
     * Bundles an image's code.
     *
     * @returns the bundle's folder
     * @throws {CompileError} when it does not compile
     */
    async bundle(image: ImageName): Promise<string> {
        return await this.#bundleOf(image).make();
    }

    /** The folders with the code of all images that compile. */
    async bundleAll(): Promise<Map<ImageName, string>> {
        const made = imageNames.map(async (image) => [image, await this.bundle(image).catch(() => undefined)] as const);
        return new Map((await Promise.all(made)).filter((one): one is [ImageName, string] => one[1] !== undefined));
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
        await this.#closeBundles();
        await this.#openBundles();
        await this.#site.restart();
    }

    async close(): Promise<void> {
        await this.#closeBundles();
        await this.#site.close();
        rmSync(join(this.#folder, "code"), { recursive: true, force: true });
    }

    #bundleOf(image: ImageName): Bundle {
        const bundle = this.#bundles.get(image);
        if (!bundle) {
            throw new Error(`the bundle of ${image} is not open`);
        }
        return bundle;
    }

    async #openBundles(): Promise<void> {
        for (const image of imageNames) {
            this.#bundles.set(image, await Bundle.open(this.#root, join(this.#folder, "code"), image));
        }
        await this.bundleAll();
    }

    async #closeBundles(): Promise<void> {
        await Promise.all([...this.#bundles.values()].map((bundle) => bundle.close()));
    }

    /** An image's build context: the paths that its `.dockerignore` allows. */
    #contextOf(image: ImageName): string[] {
        const file = join(this.#root, imageSources[image].folder, "Dockerfile.dockerignore");
        const lines = readFileSync(file, "utf8").split("\n");
        return lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    }
}
