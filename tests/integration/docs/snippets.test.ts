import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import ts from "typescript";

const root = join(import.meta.dirname, "../../..");

describe("the TypeScript in the documentation", () => {
    it("compiles, where a wrong argument would not", () => {
        const snippets = snippetsOf(["*.md", "docs/**/*.md"].flatMap((pattern) => globSync(pattern, { cwd: root })));
        expect(snippets.size).to.be.greaterThan(10);
        const wrong =
            'import { StoryFirewall } from "@tech42/story-42";\nnew StoryFirewall("one", { scope: "LOCAL" });\n';
        const problems = problemsOf(new Map([...snippets, [join(root, "docs/wrong.ts"), wrong]]));
        expect(problems.filter((one) => !one.startsWith("docs/wrong.ts"))).to.deep.equal([]);
        expect(problems.join()).to.match(/^docs\/wrong\.ts:2 .*"LOCAL"/);
    });
});

/** The source of each block, by the path that it would have beside its page. */
function snippetsOf(pages: string[]): Map<string, string> {
    return new Map(
        pages.flatMap((page) =>
            [...readFileSync(join(root, page), "utf8").matchAll(/```(?:ts|typescript)\n([\s\S]*?)```/g)].map(
                ([, source], index) => [join(root, `${page}.${index}.ts`), `${source}\nexport {};\n`] as const,
            ),
        ),
    );
}

/** What the compiler says of them, with the package's names leading to this repository's sources. */
function problemsOf(snippets: Map<string, string>): string[] {
    const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const all: ts.CompilerOptions = {
        ...options,
        paths: {
            "@tech42/story-42": [join(root, "stacks/index.ts")],
            "@tech42/story-42/automation": [join(root, "automation/index.ts")],
            "@tech42/story-42/testing": [join(root, "testing/index.ts")],
        },
    };
    const host = ts.createCompilerHost(all);
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = (path) => snippets.has(path) || fileExists(path);
    host.readFile = (path) => snippets.get(path) ?? readFile(path);
    host.getSourceFile = (path, options) => {
        const own = snippets.get(path);
        return own === undefined ? getSourceFile(path, options) : ts.createSourceFile(path, own, options);
    };
    const program = ts.createProgram([...snippets.keys()], all, host);
    return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
        const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
        return `${file?.fileName.slice(root.length + 1)}:${line} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
}
