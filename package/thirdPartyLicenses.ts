import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Rolldown } from "tsdown";

/** The folder of a package, in the path of one of its files. */
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * Writes the licences of all bundled packages into one file, and removes the source maps of chunks with third-party code
 * only.
 *
 * @param path the file
 */
export function thirdPartyLicenses(path: string): Rolldown.Plugin {
    const folders = new Set<string>();
    return {
        name: "third-party-licenses",
        generateBundle(_options, bundle) {
            for (const chunk of Object.values(bundle)) {
                if (chunk.type !== "chunk" || chunk.moduleIds.length === 0) {
                    continue;
                }
                const others = chunk.moduleIds.flatMap((id) => PACKAGE.exec(id)?.[0] ?? []);
                for (const folder of others) {
                    folders.add(folder);
                }
                if (others.length === chunk.moduleIds.length) {
                    delete bundle[`${chunk.fileName}.map`];
                    chunk.code = chunk.code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
                }
            }
        },
        writeBundle() {
            const sharing = new Map<string, string[]>();
            for (const folder of [...folders].sort()) {
                const text = licenseOf(folder);
                sharing.set(text, [...(sharing.get(text) ?? []), nameOf(folder)]);
            }
            const notices = [...sharing].map(([text, names]) => `${names.join("\n")}\n\n${text}`);
            writeFileSync(path, `${notices.join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
        },
    };
}

/** The licence text of a package. Some packages have no text: then its name, author and repository. */
function licenseOf(folder: string): string {
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
    if (files.length > 0) {
        return files.map((file) => readFileSync(join(folder, file), "utf8").trim()).join("\n\n");
    }
    const { license, author, repository } = manifestOf(folder);
    return `${license}, ${author.name ?? author}, ${repository.url}`;
}

function nameOf(folder: string): string {
    const { name, version, license } = manifestOf(folder);
    return `${name} ${version} (${license})`;
}

function manifestOf(folder: string) {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}
