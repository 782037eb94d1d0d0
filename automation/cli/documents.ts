import type { Option } from "commander";
import { z } from "zod";
import { commands } from "./commands.ts";
import { exitCodeMeanings, exitCodes, failureCodes, failureResult } from "./exitCodes.ts";
import { createProgram } from "./program.ts";

type Json = Record<string, unknown>;

const schemaOf = (schema: z.ZodType): Json => {
    const { $schema: _draft, ...json } = z.toJSONSchema(schema, { io: "output" }) as Json;
    return json;
};

/** A JSON schema whose `$defs` are what each command prints with `--json`, and `failure` for when it fails. */
export function cliSchema(): Json {
    const results = commands.map(({ name, about, result }) => [name, { title: about, ...schemaOf(result) }]);
    const failure = { title: "What any command prints when it fails", ...schemaOf(failureResult) };
    const $defs: Json = { ...Object.fromEntries(results), failure };
    return {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: "What `story42 COMMAND --json` prints, by command",
        $defs,
        anyOf: Object.keys($defs).map((name) => ({ $ref: `#/$defs/${name}` })),
    };
}

/** The page of the command line. */
function cliPage(): string {
    const program = createProgram(new AbortController().signal);
    const sections = program.commands
        .filter((command) => commands.some(({ name }) => name === command.name()))
        .flatMap((command) => {
            const { help = "" } = commands.find(({ name }) => name === command.name()) ?? {};
            const own = command.options.filter(({ long }) => !commonOptions.has(long ?? ""));
            return [
                `## story42 ${command.name()} ${command.usage().replace("[options] ", "").replace("[options]", "")}`.trimEnd(),
                "",
                `${capital(command.description())}.`,
                ...(help ? ["", help] : []),
                ...(own.length > 0 ? ["", "| Option | |", "|---|---|"] : []),
                ...own.map((option) => `| \`${option.flags}\` | ${capital(option.description)}.${defaultOf(option)} |`),
                "",
            ];
        });
    return [
        "# The command line",
        "",
        "Written from `automation/cli/` by `npm run docs`. Plain `pulumi up` is still enough for deploying.",
        "",
        "| Where | How `story42` gets there |",
        "|---|---|",
        '| A checkout | `export PATH="$PWD/bin:$PATH"`, in the checkout; then in any folder, with `--project CHECKOUT` |',
        "| The npm package | `npm install --global @tech42/story-42` |",
        '| The local cloud | `eval "$(npm run -s local:env)"` in a shell of its own, or `npm run local -- story42 COMMAND` |',
        "",
        "Never let npm fetch it by its bare name: in the public registry, that name is not ours.",
        "",
        "The npm package's has one command more, [`story42 local -- COMMAND`](own-program.md), which runs a program of one's",
        "own on the local cloud.",
        "",
        "Every command has `--stack NAME` (default: `PULUMI_STACK`, or the selected one), `--project FOLDER` (default: this",
        "one), `--json`, and `--debug`, which shows where in the code an error comes from. Results go to stdout, everything",
        "else to stderr. What `--json` prints is described by [cli-schema.json](cli-schema.json), `$defs` by command. Commands",
        "that change something ask first, or take `--yes`; without a terminal and without `--yes` they end with 2 and change",
        "nothing.",
        "",
        "| Exit code | |",
        "|---|---|",
        ...Object.entries(exitCodes).map(
            ([name, code]) => `| ${code} | ${capital(exitCodeMeanings[name as keyof typeof exitCodes])}. |`,
        ),
        "",
        `A failure's \`error.code\` is one of ${Object.keys(failureCodes)
            .map((code) => `\`${code}\``)
            .join(", ")}.`,
        "",
        ...sections,
    ]
        .join("\n")
        .trimEnd();
}

const commonOptions = new Set(["--stack", "--project", "--json", "--yes", "--debug"]);

function defaultOf({ defaultValueDescription: value }: Option): string {
    return value === undefined ? "" : ` Default: ${value}.`;
}

function capital(text: string): string {
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The command line's documents by their paths. */
export const cliDocuments = (): Record<string, string> => ({
    "docs/cli.md": `${cliPage()}\n`,
    "docs/cli-schema.json": `${JSON.stringify(cliSchema(), null, 2)}\n`,
});
