/** `AGENTS.md` and `llms.txt`: the package for coding assistants, from the declarations, the settings and the commands. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { commands } from "../../automation/cli/commands.ts";
import manifest from "../../package/package.json" with { type: "json" };
import { defaultOf, type Setting, settingsList } from "../../stacks/settings.ts";
import { packageName } from "./componentPages.ts";
import { type Component, readLibrary } from "./declarations.ts";
import { table } from "./text.ts";

const root = join(import.meta.dirname, "../..");
/** The package's own page, which is its README there. */
const PACKAGE_PAGE = "docs/package.md";

/** Both pages by path; links work in the package and in the checkout, which have the pages at the same paths. */
export function assistantDocuments(): Record<string, string> {
    const { components } = readLibrary(root);
    return { "AGENTS.md": agentsPage(components), "llms.txt": llmsIndex(components) };
}

function agentsPage(components: Component[]): string {
    const required = ({ arguments: args }: Component) =>
        args.filter(({ name, optional }) => !optional && !name.includes(".")).map(({ name }) => `\`${name}\``);
    const settings = Object.entries<Setting<z.ZodType>>(settingsList);
    return `# Story-42 for coding assistants

Written by \`npm run docs\`. \`${packageName}\` is a Pulumi package: components for AWS, a driver for programs that manage
stacks, the command line \`story42\`, and mocks for unit tests.

## Writing a program with it

- Import components from \`${packageName}\`, the driver from \`${packageName}/automation\`, mocks from
  \`${packageName}/testing\`. \`Story42\` is all components as one; take single ones where a program has its own parts.
- Arguments are checked as a component is made: an \`ArgumentError\` names every wrong one and what is allowed. Correct the
  argument; don't catch the error.
- Pass secrets as \`config.requireSecret(...)\`, never as text in code or in plain configuration.
- Connect components by their outputs, which alone decide the order. Create nothing inside of \`apply\`.
- Give rights by the owner's \`grant...\` methods. For what no argument covers, use the child's \`transform\`.
- A changed logical name, or another component as parent, replaces resources: keep them, or add \`aliases\`.
- Test with \`runWithMocks\`: it needs neither an AWS account nor the Pulumi CLI ([testing](docs/testing.md)).
- Before a deployment, \`story42 doctor\` says what is missing, and a preview what will change.

## Components

${table(
    ["Component", "Required arguments", "What it is"],
    components.map((one) => [
        `[\`${one.name}\`](docs/components/${one.name}.md)`,
        required(one).join(", ") || "none",
        firstSentence(one.about),
    ]),
)}

Each page has an example that a test runs, all arguments with their types and defaults, outputs, methods and children.

## Settings of Story42

[All settings](docs/settings.md), with what is allowed and their defaults. Required:

${table(
    ["Setting", "What it decides"],
    settings
        .filter(([, it]) => defaultOf(it) === undefined)
        .map(([key, { about, secret }]) => [`\`${key}\`${secret ? " (secret)" : ""}`, about]),
)}

## Commands

\`--json\` prints what [a schema](docs/cli-schema.json) describes; [the command line](docs/cli.md) has every option.

${table(
    ["Command", "What it does"],
    commands.map(({ name, about }) => [`\`story42 ${name}\``, about]),
)}

## Working on the checkout

[CONTRIBUTING.md](CONTRIBUTING.md) says where a change goes and how to write it, \`docs/architecture.md\` which folder may import
from which. \`npm run test:unit\` is the daily loop; \`npm run format\` and \`npm run lint\` put files
in order. Generated files are written by \`npm run docs\`, \`npm run schema\`, \`npm run snapshot\` and \`npm run contexts\`:
change what they derive from. Nothing here needs an AWS account: \`npm run local\` deploys to this machine.
`;
}

/** The index that llmstxt.org describes. */
function llmsIndex(components: Component[]): string {
    const pages = [...readFileSync(join(root, PACKAGE_PAGE), "utf8").matchAll(/\]\(([\w-]+\.md)[)#]/g)].map(
        ([, file]) => `docs/${file}`,
    );
    return `# ${packageName}

> ${manifest.description}

- [How to use the package](AGENTS.md): rules, components with their required arguments, settings and commands
- [The package](${PACKAGE_PAGE}): installation, entries, and all of Story-42 in one component

## Pages

${[...new Set(pages)].map((page) => `- [${titleOf(page)}](${page})`).join("\n")}

## Components

${components.map(({ name, about }) => `- [${name}](docs/components/${name}.md): ${firstSentence(about)}`).join("\n")}

## Schemas

- [Components](schema.json): the component provider's schema
- [Commands](docs/cli-schema.json): what \`story42 COMMAND --json\` prints
`;
}

function firstSentence(text: string): string {
    return text.split(/(?<=\.) /)[0] ?? text;
}

/** A page's first heading. */
function titleOf(page: string): string {
    return /^# (.+)$/m.exec(readFileSync(join(root, page), "utf8"))?.[1] ?? page;
}
