/** The effects of a saved file, by the inputs of the last builds. */
import { basename, join } from "node:path";
import { type ImageName, imageSources } from "../../../stacks/imageSources.ts";

/** The inputs of everything that is built; paths are relative to the project's folder. */
export interface Table {
    /** The inputs of each image's bundle. */
    bundles: ReadonlyMap<ImageName, ReadonlySet<string>>;
    /** The files and folders in each image's build context. */
    contexts: ReadonlyMap<ImageName, readonly string[]>;
    /** Whether a file is an input of pages, or configures the site's build. */
    site: { has(path: string): boolean; isConfig(path: string): boolean };
    /** The inputs of Pulumi's program. */
    program: ReadonlySet<string>;
    /** The inputs of the local cloud and of this command. */
    localCloud: ReadonlySet<string>;
}

export interface Meaning {
    /** Images whose code contains the file; it is served at once. */
    images: ImageName[];
    /** Whether it is an input of pages. */
    site: boolean;
    /** Whether it is an input of Pulumi's program, so that it may have to be deployed even if it is served. */
    program: boolean;
    /** Why it must be deployed instead of served. */
    deploy?: string;
    /** Why the command must be restarted. */
    restart?: string;
}

/** The effects of a saved file; none if nothing is built from it. */
export function meaningOf(path: string, table: Table): Meaning {
    const images = [...table.bundles].filter(([, inputs]) => inputs.has(path)).map(([image]) => image);
    const site = table.site.has(path);
    const program = table.program.has(path);
    const deploy = images.length > 0 || site ? undefined : (reasonOf(path, table) ?? undefined);
    const isOwn = !program && images.length === 0 && table.localCloud.has(path);
    return {
        images,
        site,
        program,
        ...(deploy && { deploy }),
        ...(isOwn && { restart: "the local cloud itself is made of it" }),
    };
}

function reasonOf(path: string, { contexts, site, program }: Table): string | undefined {
    const name = basename(path);
    const folder = path.slice(0, -name.length - 1);
    if (["", "docker", "site"].includes(folder) && ["package.json", "package-lock.json"].includes(name)) {
        return "a dependency";
    }
    if (folder === "" && /^Pulumi(\.local)?\.yaml$/.test(name)) {
        return "a setting";
    }
    if (site.isConfig(path)) {
        return "how the site is built";
    }
    const built = [...contexts].filter(([image, files]) => {
        const own = imageSources[image].folder;
        return (
            files.includes(path) || path === join(own, "Dockerfile") || path === join(own, "Dockerfile.dockerignore")
        );
    });
    if (built.length > 0) {
        return built.length === 1 && built[0] ? `how the ${titles[built[0][0]]} is built` : "how images are built";
    }
    if (program.has(path)) {
        return path.startsWith("components/") ? "a component" : "the stack's program";
    }
    return undefined;
}

/** The images' titles for display. */
export const titles: Record<ImageName, string> = {
    text: "text function",
    image: "image function",
    dataOps: "data function",
    agent: "agent service",
};
