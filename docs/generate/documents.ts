/** `npm run docs`: writes every document that derives from the code. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cliDocuments } from "../../automation/cli/documents.ts";
import { apiDocuments } from "../../contract/documents.ts";
import { architecturePage } from "./architecture.ts";
import { componentPages } from "./componentPages.ts";
import { settingsPage } from "./settingsPage.ts";
import { documentedStacks } from "./stacks.ts";

/** The documents by their paths. */
export async function documents(): Promise<Record<string, string>> {
    const stacks = await documentedStacks();
    return {
        ...apiDocuments(),
        ...cliDocuments(),
        "docs/architecture.md": architecturePage(stacks.dev),
        "docs/settings.md": settingsPage(),
        ...componentPages(stacks),
    };
}

if (import.meta.main) {
    for (const [path, text] of Object.entries(await documents())) {
        const file = join(import.meta.dirname, "../..", path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
        console.log(`Wrote ${path}`);
    }
}
