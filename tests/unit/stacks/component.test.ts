/** All of Story-42 as one component of another program. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Story42, type Story42Args } from "../../../stacks/component.ts";
import { modes, run } from "../components/monitor.ts";
import { sharedNames } from "../components/sharedNames.ts";

const image = (name: string) => `registry.example.com/${name}@sha256:${"c".repeat(64)}`;
const args: Omit<Story42Args, "environment"> = {
    region: "us-east-1",
    projectName: "stories",
    adminEmail: "admin@example.com",
    tech42TtsApiUrl: "https://tts.example.com",
    googleApiKey: "google-key-value",
    tech42TtsApiKey: "tts-key-value",
    images: { text: image("text"), image: image("image"), dataOps: image("data-ops"), agent: image("agent") },
};

const failure = async (change: Partial<Story42Args>): Promise<Error> => {
    const program = () => new Story42("story", { ...args, environment: "dev", ...change });
    return await run(program).then(
        () => expect.fail("it was made"),
        (error) => error,
    );
};

describe("Story42", () => {
    for (const { mode, preview } of modes) {
        it(`stands twice in one program without a clash (${mode})`, async () => {
            const { resources } = await run(
                () => {
                    for (const environment of ["live", "trial"]) {
                        new Story42(environment, { ...args, environment, production: environment === "live" });
                    }
                },
                { preview },
            );
            const made = resources.all.filter(({ urn }) => urn.includes("story42:index:Story42$"));
            const named = (environment: string) => made.filter(({ name }) => name.startsWith(`${environment}-`));
            expect(named("live").length + named("trial").length).to.equal(made.length);
            expect(named("trial")).to.have.length.greaterThan(100);
            expect(new Set(made.map(({ urn }) => urn)).size).to.equal(made.length);
            expect(sharedNames(made)).to.deep.equal([]);
        });
    }

    it("takes secrets that are outputs, and keeps them secret", async () => {
        const { resources } = await run(
            () =>
                new Story42("story", {
                    ...args,
                    environment: "dev",
                    googleApiKey: pulumi.secret("from an output"),
                    adminTempPassword: pulumi.secret("A password 1 from an output"),
                }),
        );
        const value = resources.one(
            "aws:secretsmanager/secretVersion:SecretVersion",
            "story-data-google-api-key-value",
        );
        expect(value.inputs.secretString).to.equal("from an output");
        expect(value.secretInputs).to.include("secretString");
        const admin = resources.one("aws:cognito/user:User");
        expect(admin.inputs.temporaryPassword).to.equal("A password 1 from an output");
        expect(admin.secretInputs).to.include("temporaryPassword");
    });

    it("names every problem of its arguments at once", async () => {
        const { message } = await failure({ adminEmail: "nobody", ecsDesiredCount: 99 });
        expect(message)
            .to.match(/2 problems/)
            .and.to.match(/adminEmail is "nobody"/)
            .and.to.match(/ecsDesiredCount is 99/);
    });

    it("asks for the image of every part that there is", async () => {
        const { text, dataOps } = args.images;
        const { message } = await failure({ images: { text, dataOps } });
        expect(message)
            .to.match(/images\.image is missing; .*@sha256/)
            .and.to.match(/images\.agent is missing/);
        expect((await failure({ images: { text, dataOps }, agentEnabled: false })).message).not.to.match(
            /images\.agent/,
        );
    });

    it("makes the account's logging role unless another does", async () => {
        const made = async (manageAccountLogging: boolean) => {
            const program = () => new Story42("story", { ...args, environment: "dev", manageAccountLogging });
            return (await run(program)).resources.ofType("aws:apigateway/account:Account").length;
        };
        expect([await made(true), await made(false)]).to.deep.equal([1, 0]);
    });
});
