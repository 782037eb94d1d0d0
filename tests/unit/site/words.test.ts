import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { IDEAS } from "../../../site/src/wish/ideas.ts";

const SITE = join(import.meta.dirname, "../../../site/src");
/** Attributes whose words the element itself has translated. */
const TRANSLATED = ["title", "label", "action"];
/** Elements that do that. */
const THAT_TRANSLATE = ["StepForm", "Field", "CodeField", "PasswordField", "NewPasswordField"];

describe("The site's words", () => {
    const keys = new Set(sources().flatMap(keysIn));
    const german = words("de");
    const english = words("en");
    const base = (key: string) => key.replace(/_(one|other)$/, "");

    it("are found in its sources", () => {
        expect(keys.size).to.be.above(100);
        expect([...keys]).to.include.members(["My stories", "Sign in", "Checking…", "Code from the app"]);
    });

    it("are all there in German", () => {
        const known = new Set(Object.keys(german).map(base));
        expect([...keys, ...Object.keys(english).map(base)].filter((key) => !known.has(key))).to.deep.equal([]);
    });

    it("are there for each idea in German", () => {
        expect(IDEAS.filter((idea) => !(idea in german))).to.deep.equal([]);
    });

    it("name the same values in German", () => {
        const valuesIn = (text: string) => (text.match(/{{\w+}}/g) ?? []).sort();
        for (const [key, text] of Object.entries(german)) {
            // "One" needs no number.
            const expected = valuesIn(base(key)).filter((value) => !(key.endsWith("_one") && value === "{{count}}"));
            expect(valuesIn(text), key).to.include.members(expected);
        }
    });
});

function words(language: string): Record<string, string> {
    return JSON.parse(readFileSync(join(SITE, "words", `${language}.json`), "utf8"));
}

function sources(): ts.SourceFile[] {
    return readdirSync(SITE, { recursive: true, encoding: "utf8" })
        .filter((file) => /\.tsx?$/.test(file))
        .map((file) => ts.createSourceFile(file, readFileSync(join(SITE, file), "utf8"), ts.ScriptTarget.Latest, true));
}

/** Every text that is handed to `t`, or to an element that hands it on. */
function keysIn(source: ts.SourceFile): string[] {
    const keys: string[] = [];
    const take = (node: ts.Node): void => {
        if (ts.isStringLiteralLike(node)) {
            keys.push(node.text);
        } else if (ts.isConditionalExpression(node)) {
            take(node.whenTrue);
            take(node.whenFalse);
        } else if (ts.isArrayLiteralExpression(node)) {
            node.elements.forEach(take);
        } else if (ts.isJsxExpression(node) && node.expression) {
            take(node.expression);
        }
    };
    const visit = (node: ts.Node): void => {
        if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "t") {
            node.arguments.slice(0, 1).forEach(take);
        }
        if (ts.isJsxAttribute(node) && node.initializer && TRANSLATED.includes(node.name.getText())) {
            const element = node.parent.parent.tagName.getText();
            if (THAT_TRANSLATE.includes(element)) {
                take(node.initializer);
            }
        }
        ts.forEachChild(node, visit);
    };
    visit(source);
    return keys;
}
