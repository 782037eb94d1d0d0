import { expect } from "chai";
import type { Registrations } from "../../kit/monitor.ts";
import { runStack } from "../../kit/program.ts";

describe("what the parts of a stack may do", () => {
    let made: Registrations;

    before(async () => {
        made = await runStack({ environment: "prod", production: true });
    });

    const granted = (policy: string) =>
        JSON.parse(
            made.ofType("aws:iam/rolePolicy:RolePolicy").find(({ name }) => name === policy)?.inputs.policy ??
                expect.fail(`there is no policy ${policy}`),
        ).Statement as { Action: string[]; Resource: string | string[] }[];
    const ofTable = (policy: string) =>
        granted(policy).filter(({ Action }) => Action.every((action) => action.startsWith("dynamodb:")));

    it("with sessions is what their code does, and over all users for the data operations alone", () => {
        for (const part of ["agent-task", "lambdas-data-ops"]) {
            const [sessions, ...more] = ofTable(`data-${part}-sessions`);
            expect(more).to.deep.equal([]);
            expect(sessions?.Action).to.have.members(
                ["GetItem", "Query", "PutItem", "DeleteItem"].map((it) => `dynamodb:${it}`),
            );
            expect(JSON.stringify(sessions?.Resource)).to.contain("/index/TimestampIndex").and.not.contain("*");
        }
        const overAll = made
            .ofType("aws:iam/rolePolicy:RolePolicy")
            .filter(({ inputs }) => inputs.policy.includes("RouteTimestampIndex"));
        expect(overAll.map(({ name }) => name)).to.deep.equal(["data-lambdas-data-ops-sessions-of-all"]);
        for (const part of ["lambdas-text", "lambdas-image"]) {
            expect(ofTable(`data-${part}-sessions-record`).map(({ Action }) => Action)).to.deep.equal([
                ["dynamodb:PutItem"],
            ]);
        }
    });

    it("with what is used is to add to it, and to read no more of it than the bounds need", () => {
        for (const part of ["lambdas-text", "lambdas-image"]) {
            const [add, read, ...more] = ofTable(`data-${part}-usage-record`);
            expect(more).to.deep.equal([]);
            expect(add?.Action).to.deep.equal(["dynamodb:UpdateItem"]);
            expect(read?.Action).to.deep.equal(["dynamodb:Query"]);
            expect(read?.Resource).to.match(/\/index\/DayIndex$/);
        }
        const [ofService] = ofTable("data-agent-task-usage");
        expect(ofService?.Action).to.deep.equal(["dynamodb:UpdateItem", "dynamodb:Query"]);
        const [ofErasure] = ofTable("data-lambdas-data-ops-usage-erasure");
        expect(ofErasure?.Action).to.deep.equal(["dynamodb:Query", "dynamodb:DeleteItem"]);
    });

    it("with accounts is to look at one and to sign it out, in their own pool", () => {
        const accounts = made
            .ofType("aws:iam/rolePolicy:RolePolicy")
            .filter(({ inputs }) => inputs.policy.includes("cognito-idp:"));
        expect(accounts.map(({ name }) => name)).to.deep.equal(["agent-task-accounts"]);
        const [statement] = granted("agent-task-accounts");
        expect(statement?.Action).to.have.members(["cognito-idp:AdminGetUser", "cognito-idp:AdminUserGlobalSignOut"]);
        expect(statement?.Resource).to.match(/^arn:aws:.+[Uu]ser[Pp]ool.*[^*]$/);
    });

    it("is given to no other account's resources, where the service says whose they are", () => {
        const trusted = made.ofType("aws:iam/role:Role").map(({ name, inputs }) => {
            const [{ Principal, Condition }] = JSON.parse(inputs.assumeRolePolicy).Statement;
            return { name, service: Principal.Service, account: Condition?.StringEquals["aws:SourceAccount"] };
        });
        // The emulator, which hands roles to what runs on this machine, can't say whom it works for: tasks' roles are not bound.
        const bound = trusted.filter(({ service }) => /^vpc-flow-logs\./.test(service));
        expect(bound).to.have.length.above(0);
        for (const { name, account } of bound) {
            expect(account, name).to.match(/^\d{12}$/);
        }
    });

    it("is told to the functions: whose tokens count", () => {
        const variables = made
            .ofType("aws:lambda/function:Function")
            .map(({ name, inputs }) => [name, inputs.environment.variables.COGNITO_CLIENT_ID] as const);
        expect(variables.filter(([, client]) => client).map(([name]) => name)).to.have.members([
            "lambdas-text-function",
            "lambdas-image-function",
        ]);
    });
});
