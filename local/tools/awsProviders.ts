import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { pulumiHome } from "../paths.ts";
import { downloadArchive } from "./download.ts";
import type { Tool } from "./tool.ts";

const names = ["aws", "awsx"] as const;

/** Pulumi's own providers for AWS, which only its download site has. */
export const awsProviders: Tool[] = names.map((name) => {
    const version = manifest.devDependencies[`@pulumi/${name}`];
    const folder = `resource-${name}-v${version}`;
    const file = `pulumi-resource-${name}`;
    return {
        title: `Pulumi's ${name} provider ${version}`,
        folder: join(pulumiHome(), "plugins", folder),
        file,
        find: () => [join(homedir(), ".pulumi/plugins", folder, file)].find(existsSync),
        ways: [
            {
                how: "download from get.pulumi.com",
                make: (work, step, signal) => {
                    const cpu = process.arch === "arm64" ? "arm64" : "amd64";
                    const archive = `pulumi-resource-${name}-v${version}-${process.platform}-${cpu}.tar.gz`;
                    return downloadArchive(`https://get.pulumi.com/releases/plugins/${archive}`, work, step, signal);
                },
            },
        ],
        advice: `Install it with \`pulumi plugin install resource ${name} ${version}\`.`,
    };
});

/** Whether the official providers are here or can be had. */
export async function officialProvidersAvailable(): Promise<boolean> {
    const here = await Promise.all(
        awsProviders.map(
            async (tool) => existsSync(join(tool.folder, tool.file)) || (await tool.find?.()) !== undefined,
        ),
    );
    return here.every(Boolean) || (await canReach("https://get.pulumi.com"));
}

/** Whether anything answers at an address, whatever it says. */
export async function canReach(url: string): Promise<boolean> {
    try {
        await fetch(url, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(2500) });
        return true;
    } catch {
        return false;
    }
}
