/** The report of the package's public types, tests/snapshots/api.txt: the exports of every entry, and each declaration. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { changelogLines, UNRELEASED } from "../../../automation/upgrade/changelog.ts";
import { root } from "../../../local/lib/paths.ts";

const path = join(root, "tests/snapshots/api.txt");

/** Exports of the entries, as `export FILE`, and declarations by name: as text without comments other than defaults. */
export type ApiReport = Record<string, string>;

/** Reads the declarations of a built package. */
export function apiReport(packageFolder: string): ApiReport {
    const lib = join(packageFolder, "lib");
    const report: ApiReport = {};
    const entries = new Set(["index.d.cts", "automation.d.cts", "testing.d.cts"]);
    for (const file of readdirSync(lib).filter((name) => name.endsWith(".d.cts"))) {
        const source = ts.createSourceFile(
            file,
            withDefaultsAlone(readFileSync(join(lib, file), "utf8")),
            ts.ScriptTarget.Latest,
        );
        for (const statement of source.statements) {
            if (
                ts.isExportDeclaration(statement) &&
                statement.exportClause &&
                ts.isNamedExports(statement.exportClause)
            ) {
                if (entries.has(file)) {
                    const names = statement.exportClause.elements.map(({ name }) => name.text);
                    report[`export ${file}`] = names.sort().join("\n");
                }
            } else if (!ts.isImportDeclaration(statement)) {
                const name = nameOf(statement) ?? "";
                const text = printer.printNode(ts.EmitHint.Unspecified, statement, source);
                // A function may have several declarations.
                report[name] = [report[name], text].filter(Boolean).join("\n");
            }
        }
    }
    return Object.fromEntries(Object.entries(report).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const printer = ts.createPrinter();

/** Removes comments from declarations, except those with defaults, which are part of the API. */
function withDefaultsAlone(declarations: string): string {
    return declarations.replaceAll(/\/\*\*[\s\S]*?\*\/|^\/\/.*$/gm, (comment) => {
        const words = comment.replaceAll(/^\s*\/?\*+\/?|\*\/$/gm, "").replaceAll(/\s+/g, " ");
        const [, tagged] = /@default (.*?)(?= @|$)/.exec(words) ?? [];
        const [, said = tagged && `${tagged.trim()}.`] = /Default: (.*?)(?= @|$)/.exec(words) ?? [];
        return said === undefined ? "" : `/** Default: ${said.trim()} */`;
    });
}

function nameOf(statement: ts.Statement): string | undefined {
    if (ts.isVariableStatement(statement)) {
        const [declaration] = statement.declarationList.declarations;
        return declaration && ts.isIdentifier(declaration.name) ? declaration.name.text : undefined;
    }
    const { name } = statement as ts.DeclarationStatement;
    return name && ts.isIdentifier(name) ? name.text : undefined;
}

/**
 * The differences between a report and the recorded one, by declaration, and which of them the changelog does not name: by
 * the declaration, the component whose arguments it has, or one of the changed members.
 *
 * @param changelog the text of the changelog, whose section "Unreleased" counts
 */
export function compareApi(
    before: ApiReport,
    after: ApiReport,
    changelog: string,
): { changed: string[]; unnamed: string[] } {
    const said = changelogLines(changelog)
        .filter(({ version }) => version === UNRELEASED)
        .flatMap(({ text }) =>
            [...text.matchAll(/`([^`]+)`/g)].flatMap(([, quoted = ""]) => quoted.match(/\w+/g) ?? []),
        );
    const changed: string[] = [];
    const unnamed: string[] = [];
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
        const [was, is] = [before, after].map((report) => report[name]?.split("\n").map((line) => line.trim()) ?? []);
        const lines = [
            ...(was ?? []).filter((line) => !is?.includes(line)).map((line) => `- ${line}`),
            ...(is ?? []).filter((line) => !was?.includes(line)).map((line) => `+ ${line}`),
        ];
        if (lines.length > 0) {
            const change = [name, ...lines].join("\n    ");
            changed.push(change);
            const members = lines.flatMap(
                (line) => /^[+-] (?:readonly |static |get |type )*(\w+)/.exec(line)?.[1] ?? [],
            );
            if (![name, name.replace(/Args$/, ""), ...members].some((word) => said.includes(word))) {
                unnamed.push(change);
            }
        }
    }
    return { changed, unnamed };
}

/** The recorded report. */
export function readApi(): ApiReport {
    const [, ...sections] = readFileSync(path, "utf8").split(/^## /m);
    return Object.fromEntries(
        sections.map((section) => {
            const [name = "", ...lines] = section.split("\n");
            return [name, lines.join("\n").trim()];
        }),
    );
}

export function writeApi(report: ApiReport): void {
    writeFileSync(
        path,
        Object.entries(report)
            .map(([name, text]) => `## ${name}\n\n${text}\n`)
            .join("\n"),
    );
}
