import { existsSync, globSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { readLibrary } from "../../../docs/generate/declarations.ts";
import { documents } from "../../../docs/generate/documents.ts";
import { defaultOf, settingsList } from "../../../stacks/settings.ts";
import { run } from "../../kit/monitor.ts";

describe("the documents that derive from the code", () => {
    let written: Record<string, string>;

    before(async () => {
        written = await documents();
    });

    it("are what the code says (npm run docs writes them)", () => {
        const stale = Object.entries(written)
            .filter(([path, text]) => !existsSync(path) || readFileSync(path, "utf8") !== text)
            .map(([path]) => path);
        expect(stale).to.deep.equal([]);
    });

    it("have no page of a component that is gone", () => {
        expect(globSync("docs/components/*").filter((path) => !(path in written))).to.deep.equal([]);
    });
});

describe("the descriptions in the code", () => {
    const { components, others } = readLibrary(process.cwd());

    for (const { name, about, arguments: args, outputs, methods } of components) {
        it(`say of ${name} what every argument, output and method is, every default, and how an argument is given`, () => {
            const described = [{ name, about }, ...args, ...outputs];
            expect(described.filter((one) => one.about === "").map((one) => one.name)).to.deep.equal([]);
            expect(methods.filter((one) => one.about === "").map((one) => one.signature)).to.deep.equal([]);
            const silent = args.filter((one) => one.optional && one.standard === "");
            expect(silent.map((one) => one.name)).to.deep.equal([]);
            expect(args.filter(({ example }) => example === "").map((one) => one.name)).to.deep.equal([]);
        });
    }

    it("say what everything else is that the library exports", () => {
        expect(others.filter(({ about }) => about === "").map(({ name }) => name)).to.deep.equal([]);
    });

    it("give a default for exactly the settings that may be left out", () => {
        // The environment is left out of a stack's file: the program fills in the stack's name.
        const mayBeLeftOut = Object.entries(settingsList).filter(
            ([key, { schema }]) => key === "environment" || schema.safeParse(undefined).success,
        );
        const haveDefault = Object.entries(settingsList).filter(([, it]) => defaultOf(it) !== undefined);
        expect(haveDefault.map(([key]) => key)).to.deep.equal(mayBeLeftOut.map(([key]) => key));
    });
});

describe("the components' examples", () => {
    const config = { "story-42:googleApiKey": "key", "story-42:ttsApiKey": "key" };

    for (const { name } of readLibrary(process.cwd()).components) {
        it(`make a ${name}`, async () => {
            const example = () => import(`../../../docs/generate/examples/${name}.ts`);
            const { resources } = await run(example, { config, secretKeys: Object.keys(config) });
            expect(resources.ofType(`story42:index:${name}`)).to.not.be.empty;
        });
    }
});
