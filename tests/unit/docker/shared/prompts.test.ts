import { expect } from "chai";
import { byPrompts, fill, promptAttributes, versionOf } from "../../../../docker/shared/prompts.ts";
import { prompts as ofAgents } from "../../../../docker/story-generator/agents/prompts.ts";
import { prompts as ofPictures } from "../../../../docker/story-image-regen/prompts.ts";
import { prompts as ofText } from "../../../../docker/story-text-regen/prompts.ts";

type Texts = { [name: string]: string | Texts };

/** The prompts with each of their texts changed in turn. */
function changes(prompts: Texts): Texts[] {
    return Object.entries(prompts).flatMap(([name, text]) =>
        (typeof text === "string" ? [`${text} `] : changes(text)).map((changed) => ({ ...prompts, [name]: changed })),
    );
}

const reversed = (prompts: Texts): Texts =>
    Object.fromEntries(
        Object.entries(prompts)
            .reverse()
            .map(([name, text]) => [name, typeof text === "string" ? text : reversed(text)]),
    );

describe("The version of prompts", () => {
    for (const [whose, prompts, count] of [
        ["the agents", ofAgents, 13],
        ["the text function", ofText, 8],
        ["the image function", ofPictures, 3],
    ] as [string, unknown, number][]) {
        it(`is another when any text of ${whose} changes, and the same in any order`, () => {
            const texts = prompts as Texts;
            const versions = changes(texts).map(versionOf);
            expect(new Set([versionOf(texts), ...versions])).to.have.property("size", count + 1);
            expect(versionOf(reversed(texts)))
                .to.equal(versionOf(texts))
                .and.match(/^[0-9a-f]{12}$/);
        });
    }

    it("is an attribute of what is asked by them alone", async () => {
        const within = await byPrompts("0123456789ab", async () => promptAttributes());
        expect(within).to.deep.equal({ "story42.prompt_version": "0123456789ab" });
        expect(promptAttributes()).to.deep.equal({});
    });
});

describe("A prompt with placeholders", () => {
    it("has all of them filled in, and is not sent without a value", () => {
        expect(fill("{number} of {most}, {number}", { number: 1, most: "three" })).to.equal("1 of three, 1");
        expect(() => fill("{number} of {most}", { number: 1 })).to.throw("the prompt names {most}, which has no value");
    });
});
