/** The schema by which programs in other languages see the components. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as library from "../../../components/index.ts";
import { packageSchema, schemaPath } from "../../../provider/schema/schema.ts";
import { madeByAnother } from "../children/everything.ts";

interface Property {
    type?: string;
    $ref?: string;
    plain?: boolean;
    secret?: boolean;
    description?: string;
}

interface Schema {
    types: Record<string, { properties: Record<string, Property>; required?: string[] }>;
    resources: Record<
        string,
        { description?: string; inputProperties: Record<string, Property>; properties: Record<string, Property> }
    >;
}

describe("the component provider's schema", () => {
    const schema: Schema = JSON.parse(readFileSync(schemaPath, "utf8"));
    const inputsOf = (component: string) => schema.resources[`story42:index:${component}`]?.inputProperties ?? {};

    it("is that of the components (if not: npm run schema)", function () {
        this.timeout(120_000);
        expect(JSON.parse(JSON.stringify(packageSchema()))).to.deep.equal(schema);
    });

    it("has every component that a program makes", () => {
        const components = Object.entries(library)
            .filter(([, value]) => typeof value === "function" && value.prototype instanceof pulumi.ComponentResource)
            .map(([name]) => name)
            .filter((name) => !(name in madeByAnother));
        expect(Object.keys(schema.resources)).to.have.members(components.map((name) => `story42:index:${name}`));
    });

    it("has the library's own words for components and arguments", () => {
        for (const [token, { description, inputProperties }] of Object.entries(schema.resources)) {
            expect(description, token).to.be.a("string");
            for (const [name, property] of Object.entries(inputProperties)) {
                expect(property.description, `${token} ${name}`).to.be.a("string");
            }
        }
        expect(inputsOf("StoryNetwork").cidrBlock?.description).to.match(
            /between \/16 and \/23.*Default: 10\.100\.0\.0\/16\./,
        );
        expect(inputsOf("StoryAuth").mfa?.description).to.contain("One of `off`, `optional`, `required`.");
    });

    it("tells values that the program must know from those that may be outputs, and what is secret", () => {
        expect(inputsOf("StoryData").imageExpirationDays).to.include({ type: "number", plain: true });
        expect(inputsOf("StoryData").kmsKeyArn).to.not.have.property("plain");
        expect(inputsOf("StoryData").googleApiKey).to.include({ secret: true });
        expect(inputsOf("StoryData").tags).to.deep.include({ additionalProperties: { type: "string" }, plain: true });
    });

    it("has a function of StoryLambdas go as one value where a function is wanted, as Pulumi's YAML checks it", () => {
        const { LiveFunction, ApiFunction, WatchedFunction } = Object.fromEntries(
            Object.entries(schema.types).map(([token, type]) => [token.split(":").at(-1), type]),
        );
        const told = Object.keys(LiveFunction?.properties ?? {});
        expect(told).to.include("invokeArn");
        expect(Object.keys(ApiFunction?.properties ?? {})).to.have.members(told);
        expect(Object.keys(WatchedFunction?.properties ?? {})).to.have.members(told);
        expect(ApiFunction?.required).to.deep.equal(["aliasName", "functionName", "invokeArn"]);
        expect(WatchedFunction?.required).to.deep.equal(["functionName"]);
    });

    it("leaves nothing to be looked up elsewhere", () => {
        const refs = [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? "");
        expect(refs.filter((ref) => !(ref.replace("#/types/", "") in schema.types))).to.deep.equal([]);
        expect(inputsOf("StoryData")).to.not.have.property("transform");
    });
});
