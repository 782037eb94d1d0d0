import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { physicalNames, StoryImage, type StoryImageArgs } from "../components/index.ts";
import type { ChildContext } from "./childContext.ts";
import type { Shared } from "./given.ts";
import { type ImageName, imageSources } from "./imageSources.ts";
import type { StorySettings } from "./settings.ts";

/**
 * The project's folder, relative to the program: an absolute path would differ, and so rebuild, in every checkout. BuildKit's
 * client sends the folder's own name in a header, which takes ASCII characters only (moby/buildkit, session.NewSession; the
 * name is docker/buildx's shared key): a folder with another name is passed as a symbolic link to it.
 */
function projectContext(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those of ASCII
    if (/^[\x00-\x7f]*$/.test(basename(process.cwd()))) {
        return ".";
    }
    const link = "docker/dist/project";
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) {
        symlinkSync("../..", link);
    }
    return link;
}

/** Builds one image, or uses the existing one. */
export function createImage(
    image: ImageName,
    settings: StorySettings,
    shared: Shared,
    existingImage: pulumi.Input<string> | undefined,
    transform: StoryImageArgs["transform"],
    { nameOf, opts }: ChildContext,
): StoryImage {
    const { folder, base, repository } = imageSources[image];
    const { build, [base]: runtime } = settings.baseImages;
    return new StoryImage(
        nameOf(`${image === "dataOps" ? "data-ops" : image}-image`),
        {
            ...shared,
            repositoryName: physicalNames(shared)[repository],
            context: projectContext(),
            dockerfile: `${folder}/Dockerfile`,
            platform: `linux/${settings.architecture}`,
            buildArgs: {
                ...(build ? { BUILD_IMAGE: build } : {}),
                ...(runtime ? { BASE_IMAGE: runtime } : {}),
            },
            builder: settings.imageBuilder,
            existingImage,
            registry: settings.imageRegistry ? { address: settings.imageRegistry } : undefined,
            forceDelete: !settings.protectData,
            transform,
        },
        opts,
    );
}
