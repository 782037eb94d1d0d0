import { expect } from "chai";
import { StoryAuth, type StoryAuthArgs } from "../../../components/index.ts";
import { modes, run } from "../../kit/monitor.ts";

const naming = { project: "story-42", environment: "dev" };

const auth = (change: object) =>
    new StoryAuth("auth", { ...naming, adminEmail: "admin@example.com", ...change } as StoryAuthArgs);

for (const options of modes) {
    describe(`StoryAuth (${options.mode})`, () => {
        it("has pool, client, domain and group under a deployment's names", async () => {
            const { resources } = await run(() => auth({}), options);
            expect(resources.one("aws:cognito/userPool:UserPool").inputs).to.deep.include({
                name: "story-42-user-pool-dev",
                usernameAttributes: ["email"],
                mfaConfiguration: "OPTIONAL",
            });
            // False is the default; given, it would replace a client that is imported.
            expect(resources.one("aws:cognito/userPoolClient:UserPoolClient").inputs).not.to.have.property(
                "generateSecret",
            );
            expect(resources.one("aws:cognito/userPoolDomain:UserPoolDomain").inputs.domain).to.equal(
                "story-42-user-pool-dev",
            );
            expect(resources.one("aws:cognito/userGroup:UserGroup").inputs.name).to.equal("admin");
        });

        it("lets nobody sign up by themselves unless it is open", async () => {
            const closed = async (change: object) =>
                (await run(() => auth(change), options)).resources.one("aws:cognito/userPool:UserPool").inputs
                    .adminCreateUserConfig.allowAdminCreateUserOnly;
            expect([await closed({}), await closed({ openSignUp: true })]).to.deep.equal([true, false]);
        });

        it("offers, demands or leaves out the second factor", async () => {
            const pool = async (mfa: string) =>
                (await run(() => auth({ mfa }), options)).resources.one("aws:cognito/userPool:UserPool").inputs;
            expect(await pool("off"))
                .to.include({ mfaConfiguration: "OFF" })
                .and.not.have.property("softwareTokenMfaConfiguration");
            for (const [mfa, mfaConfiguration] of [
                ["optional", "OPTIONAL"],
                ["required", "ON"],
            ] as const) {
                const demanded = { mfaConfiguration, softwareTokenMfaConfiguration: { enabled: true } };
                expect(await pool(mfa)).to.deep.include(demanded);
            }
        });

        it("has neither administrator nor domain where none is asked for", async () => {
            const { resources, result } = await run(
                () => new StoryAuth("auth", { ...naming, hostedSignIn: false }),
                options,
            );
            const types = resources.all.map(({ type }) => type.split(":").at(-1));
            expect(types).to.have.members(["StoryAuth", "UserPool", "UserPoolClient"]);
            expect(() => result.userPoolDomain).to.throw("the component has no domain: `hostedSignIn` is false");
        });

        it("lets an application get its users back from the hosted sign-in", async () => {
            const client = async (change: object) =>
                (await run(() => auth(change), options)).resources.one("aws:cognito/userPoolClient:UserPoolClient")
                    .inputs;
            const callbackUrls = ["https://app.example.com/in", "http://localhost:3000/in", "shop://in"];
            expect(await client({ oauth: { callbackUrls } })).to.deep.include({
                callbackUrls,
                allowedOauthFlows: ["code"],
                allowedOauthFlowsUserPoolClient: true,
                supportedIdentityProviders: ["COGNITO"],
            });
            expect(await client({})).to.not.have.any.keys(
                "callbackUrls",
                "allowedOauthFlows",
                "supportedIdentityProviders",
            );
        });

        it("takes an address in any case, in pools that are new", async () => {
            const pool = (await run(() => auth({}), options)).resources.one("aws:cognito/userPool:UserPool");
            expect(pool.inputs.usernameConfiguration).to.deep.equal({ caseSensitive: false });
            // Or a pool with all its users would be replaced.
            expect(pool.ignoreChanges).to.deep.equal(["usernameConfiguration"]);
        });

        it("invites the administrator, and keeps a password that is set secret", async () => {
            const invited = (await run(() => auth({}), options)).resources.one("aws:cognito/user:User");
            expect(invited.inputs).to.not.have.property("temporaryPassword");
            const given = (await run(() => auth({ adminTemporaryPassword: "Str0ng!Password1" }), options)).resources;
            expect(given.one("aws:cognito/user:User").secretInputs).to.include("temporaryPassword");
        });
    });
}

describe("arguments that StoryAuth rejects", () => {
    for (const [change, expected] of [
        [{ adminEmail: "nobody" }, /adminEmail is "nobody"; it must be an e-mail/],
        [{ mfa: "sometimes" }, /mfa is "sometimes"; it must be one of off, optional, required/],
        [{ adminTemporaryPassword: "alllowercase1!" }, /adminTemporaryPassword is not strong enough/],
        [{ oauth: { callbackUrls: ["http://app.example.com"] } }, /oauth.callbackUrls\[0\] is .* with HTTPS unless/],
        [{ oauth: { callbackUrls: [] }, hostedSignIn: false }, /oauth is given and hostedSignIn is false/],
        [{ adminEmail: undefined, adminTemporaryPassword: "Str0ng!Password1" }, /without adminEmail/],
        [{ domainPrefix: "my-cognito" }, /domainPrefix is "my-cognito"; AWS allows .*without the words/],
    ] as const) {
        it(Object.keys(change).join(" and "), async () => {
            const error = await run(() => auth(change)).catch(String);
            expect(error).to.match(expected);
        });
    }
});
