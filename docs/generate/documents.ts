/** Every document that derives from the code. */
import { cliDocuments } from "../../automation/cli/documents.ts";
import { apiDocuments } from "../../contract/documents.ts";
import { architecturePage } from "./architecture.ts";
import { assistantDocuments } from "./assistants.ts";
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
        ...assistantDocuments(),
    };
}
