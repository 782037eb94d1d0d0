import { version as sdkVersion } from "@pulumi/pulumi/version.js";
import packageFile from "../../../package.json" with { type: "json" };
import type { ImageName } from "../../../stacks/imageSources.ts";
import { findPulumi } from "../../driver/driver.ts";
import { findBuilder } from "../builder.ts";
import { type Check, ok, todo, unknown } from "./check.ts";

/** The first Node that runs the program's TypeScript as it is. */
const NODE = packageFile.engines.node.replace(">=", "");

export const nodeCheck: Check = {
    name: "Node",
    async look() {
        const { node } = process.versions;
        return isAtLeast(node, NODE) ? ok(node) : todo(node, `Install Node ${NODE} or later.`);
    },
};

export const pulumiCheck: Check = {
    name: "Pulumi",
    async look() {
        const found = await findPulumi("pulumi", {}).catch((error: Error) => error);
        if (found instanceof Error) {
            return todo(found.message, `Install Pulumi ${sdkVersion}: https://www.pulumi.com/docs/install/`);
        }
        const { version } = found;
        return isAtLeast(version, sdkVersion)
            ? ok(`${version} (SDK ${sdkVersion})`)
            : todo(`${version}, older than the SDK ${sdkVersion}`, `Install Pulumi ${sdkVersion} or later.`);
    },
};

export const builderCheck: Check = {
    name: "builder",
    async look(environment) {
        const { images, agentEnabled, imageBuilder } = await environment.settings();
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
