/** `docs/components/`: a page per component, from its declaration, an example and what the program registers. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Registered, Registrations } from "../../tests/kit/monitor.ts";
import { type Component, type Export, type Field, readLibrary, type Structure } from "./declarations.ts";
import type { DocumentedStacks } from "./stacks.ts";
import { table } from "./text.ts";

const root = join(import.meta.dirname, "../..");
/** The library's name in other projects. */
export const packageName = "@tech42/story-42";

/** Above this number of children of one type, only the first is named. */
const MAX_NAMES = 3;

/** All pages by their paths. */
export function componentPages(stacks: DocumentedStacks): Record<string, string> {
    const { components, others } = readLibrary(root);
    const pages = components.map((one) => [`docs/components/${one.name}.md`, page(one, stacks)]);
    return { "docs/components/README.md": overview(components, others), ...Object.fromEntries(pages) };
}

function overview(components: Component[], others: Export[]): string {
    const rows = components.map(({ name, about }) => [`[\`${name}\`](${name}.md)`, about]);
    return `# The component library

Written by \`npm run docs\` from \`components/\`. Each component checks its arguments as it is made and names the argument
that is wrong and what it allows. What no argument covers, a \`transform\` of the child changes.

${table(["Component", "What it is"], rows)}

\`Story42\` is all of them as one component: its arguments are [the settings of a stack](../settings.md), as values, and it
is made as [the package's page](../package.md) shows.

Beside the components the library has:

${table(
    ["Name", "What it is"],
    others.map(({ name, about }) => [`\`${name}\``, about]),
)}
`;
}

function page(component: Component, stacks: DocumentedStacks): string {
    const { name, about, outputs, methods, transforms, structures } = component;
    const sections: [string, string][] = [
        ["Example", example(name)],
        ["Arguments", `\`${component.argumentsName}\`\n\n${argumentsTable(component.arguments)}`],
        ["Outputs", fieldsTable(outputs)],
        ["Methods", methods.map((one) => `- \`${one.signature}\`: ${one.about}`).join("\n")],
        ["Types", structures.map(structureSection).join("\n\n")],
        ["Transforms", transformsSection(transforms)],
        ["Children", childrenSection(name, stacks)],
    ];
    const written = sections.filter(([, text]) => text !== "").map(([title, text]) => `## ${title}\n\n${text}`);
    return `# ${name}\n\n${about}\n\n[All components](README.md)\n\n${written.join("\n\n")}\n`;
}

/** The example, which a test runs, with the import path of other projects. */
function example(name: string): string {
    const source = readFileSync(join(root, "docs/generate/examples", `${name}.ts`), "utf8");
    return `\`\`\`ts\n${source.replaceAll('"../../../components/index.ts"', `"${packageName}"`).trim()}\n\`\`\``;
}

function argumentsTable(fields: Field[]): string {
    return table(
        ["Name", "Type", "What it is", "Default", "Example"],
        fields.map(({ name, type, about, optional, standard, example }) => [
            `\`${name}\``,
            `\`${type}\``,
            about,
            optional ? standard : "required",
            example && `\`${example}\``,
        ]),
    );
}

function fieldsTable(fields: Field[]): string {
    return table(
        ["Name", "Type", "What it is"],
        fields.map(({ name, type, about }) => [`\`${name}\``, `\`${type}\``, about]),
    );
}

function structureSection({ name, about, fields }: Structure): string {
    const documented = fields.some((field) => field.about !== "");
    const rows = fields.map((field) => [`\`${field.name}\``, `\`${field.type}\``]);
    const list = documented ? argumentsTable(fields) : table(["Name", "Type"], rows);
    return `### ${name}\n\n${about}\n\n${list}`;
}

function transformsSection(transforms: Field[]): string {
    if (transforms.length === 0) {
        return "";
    }
    const rows = transforms.map(({ name, type }) => [`\`${name}\``, `\`${type}\``]);
    return `An object is laid over what the component passes to the child; a function changes it in place or returns another.\n\n${table(["Child", "Type"], rows)}`;
}

/** The children of a component, by type; NAME stands for the component's own logical name. */
function childrenSection(component: string, { dev, prod }: DocumentedStacks): string {
    const instances = [dev, prod].flatMap((stack) =>
        stack.ofType(`story42:index:${component}`).map((one) => childrenOf(stack, one)),
    );
    const rows = new Map<string, { names: Set<string>; made: number }>();
    for (const children of instances) {
        for (const type of new Set(children.map((child) => child.type))) {
            const row = rows.get(type) ?? { names: new Set<string>(), made: 0 };
            const names = children.filter((child) => child.type === type).map(({ name }) => name);
            rows.set(type, { names: new Set([...row.names, ...names]), made: row.made + 1 });
        }
    }
    const sorted = [...rows].sort(([one], [other]) => one.localeCompare(other));
    const list = table(
        ["Type", "Logical name", "Made"],
        sorted.map(([type, { names, made }]) => [
            `\`${type}\``,
            namesOf([...names].sort()),
            made === instances.length ? "always" : "where asked for",
        ]),
    );
    return `As the program of a stack makes them, with NAME for the component's own name.\n\n${list}`;
}

function childrenOf(stack: Registrations, owner: Registered): { type: string; name: string }[] {
    const children = stack.all.filter(({ parent }) => parent === owner.name);
    return children.map(({ type, name }) => ({
        type,
        name: name.startsWith(`${owner.name}-`) ? `NAME${name.slice(owner.name.length)}` : name,
    }));
}

function namesOf(names: string[]): string {
    const shown = names.length > MAX_NAMES ? names.slice(0, 1) : names;
    const text = shown.map((name) => `\`${name}\``).join(", ");
    return names.length > MAX_NAMES ? `${text} and ${names.length - 1} others` : text;
}
