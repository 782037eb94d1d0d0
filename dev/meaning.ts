/** What a saved file means, by what everything was made of when it was made last. */
import { basename, join } from "node:path";
import { type ImageName, imageSources } from "../stacks/imageSources.ts";

/** What there is to look a file up in; all files relative to the project's folder. */
export interface Table {
    /** What each image's bundle is made of. */
    bundles: ReadonlyMap<ImageName, ReadonlySet<string>>;
    /** What each image is built from, beside its bundle: files, and folders. */
    contexts: ReadonlyMap<ImageName, readonly string[]>;
    /** Whether pages are made of it, or it says how the site is built. */
    site: { has(path: string): boolean; isConfig(path: string): boolean };
    /** What Pulumi's program is made of. */
    program: ReadonlySet<string>;
    /** What the local cloud and this command are made of. */
    localCloud: ReadonlySet<string>;
}

export interface Meaning {
    /** Images whose code it is: that is served at once. */
    images: ImageName[];
    /** Pages are made of it. */
    site: boolean;
    /** Pulumi's program is made of it. What was served of it may have to be deployed as well. */
    program: boolean;
    /** Why it can't be served and has to be deployed. */
    deploy?: string;
    /** The command has to be started again. */
    restart?: string;
}

/** What is to be done about a file; nothing where nothing is made of it. */
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

/** What people call what runs. */
export const titles: Record<ImageName, string> = {
    text: "text function",
    image: "image function",
    dataOps: "data function",
    agent: "agent service",
};
