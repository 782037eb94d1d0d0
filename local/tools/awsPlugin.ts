import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { copyTrimmed } from "../../plugins/aws/trim.ts";
import { installedVersion } from "../../plugins/installedVersion.ts";
import { shipped } from "../lib/shipped.ts";
import { downloadModule, goBuild } from "./goModule.ts";
import { pluginTool } from "./plugin.ts";
import type { Tool } from "./tool.ts";

const version = installedVersion("@pulumi/aws");
/** Terraform's AWS provider with its internals exported, so that other programs can embed it. Its checksum is in go.sum. */
const upstream = "github.com/upbound/terraform-provider-aws@v0.0.0-20260305123303-f7691456b787";
const source = shipped("awsProvider");
const sources = ["go.mod", "go.sum", "main.go", "types.json"];
/** The file in a built plugin's folder with the hash of its sources. */
const SOURCES_HASH = ".sources";

const plugin = pluginTool("aws", version, {
    description:
        "build from Go modules (Terraform's AWS provider 6.34 and Pulumi's bridge), which takes about 6 minutes",
    install: async (folder, step, signal) => {
        const work = join(folder, "source");
        const module = await downloadModule(upstream, source, step, signal);
        step.progress("copying what is needed of it");
        copyTrimmed(module, join(work, "upstream"));
        for (const file of sources) {
            copyFileSync(join(source, file), join(work, file));
        }
        const program = join(folder, "pulumi-resource-aws");
        await goBuild(
            {
                folder: work,
                package: ".",
                variables: { "main.version": version },
            },
            program,
            step,
            signal,
        );
        step.progress("writing its schema");
        const schema = ["schema", "--skip-docs", "--skip-examples", "--out", folder];
        await execa(program, schema, { cancelSignal: signal, stdin: "ignore" });
        writeFileSync(join(folder, SOURCES_HASH), sourcesHash());
    },
});

/** Pulumi's provider for AWS: Pulumi's own plugin, or one built from its published parts. */
export const awsPlugin: Tool = {
    ...plugin,
    isOutdated: () => {
        const hash = join(plugin.folder, SOURCES_HASH);
        return isBuilt(plugin.folder) && !(existsSync(hash) && readFileSync(hash, "utf8") === sourcesHash());
    },
};

/** Whether a folder's plugin was built here: Pulumi's own has no schema file. */
export function isBuilt(folder: string): boolean {
    return existsSync(join(folder, "schema.json"));
}

function sourcesHash(): string {
    const hash = createHash("sha256").update(upstream);
    for (const file of [...sources, "trim.ts"]) {
        hash.update(readFileSync(join(source, file)));
    }
    return hash.digest("hex");
}
