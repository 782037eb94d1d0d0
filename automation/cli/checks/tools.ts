import { version as sdkVersion } from "@pulumi/pulumi/version.js";
import { execa } from "execa";
import type { ImageName } from "../../../stacks/images.ts";
import { findBuilder } from "../builder.ts";
import { type Check, ok, todo, unknown } from "./check.ts";

/** The first Node that runs the program's TypeScript as it is. */
const NODE = [22, 18] as const;

export const nodeCheck: Check = {
    name: "Node",
    async look() {
        const { node } = process.versions;
        const needed = NODE.join(".");
        return isAtLeast(node, needed) ? ok(node) : todo(node, `Install Node ${needed} or later.`);
    },
};

export const pulumiCheck: Check = {
    name: "Pulumi",
    async look() {
        const { stdout, failed } = await execa("pulumi", ["version"], { reject: false });
        if (failed) {
            return todo("no pulumi on the PATH", `Install Pulumi ${sdkVersion}: https://www.pulumi.com/docs/install/`);
        }
        const version = stdout.trim().replace(/^v/, "");
        return isAtLeast(version, sdkVersion)
            ? ok(`${version} (SDK ${sdkVersion})`)
            : todo(`${version}, older than the SDK ${sdkVersion}`, `Install Pulumi ${sdkVersion} or later.`);
    },
};

export const builderCheck: Check = {
    name: "builder",
    async look(surroundings) {
        const { images, agentEnabled, imageBuilder } = await surroundings.settings();
        const needed: ImageName[] = ["text", "image", "dataOps", ...(agentEnabled ? ["agent" as const] : [])];
        if (needed.every((name) => images[name] !== undefined)) {
            return ok("none needed: the setting images names all images");
        }
        const { what, answers } = await findBuilder(imageBuilder);
        if (answers === undefined) {
            return unknown(`${what}: it can't be tried from here`);
        }
        return answers
            ? ok(what)
            : todo(
                  `${what} does not answer`,
                  "Start Docker, name a Buildx builder (pulumi config set imageBuilder NAME), or name images that are pushed (setting images).",
              );
    },
};

function isAtLeast(version: string, least: string): boolean {
    return version.localeCompare(least, "en", { numeric: true }) >= 0;
}
