import { expect } from "chai";
import { guardData, guardRemoval } from "../../../../automation/driver/dataGuard.ts";
import { ProtectedDataError } from "../../../../automation/errors.ts";
import type { ChangeKind, Changes, ResourceChange } from "../../../../automation/index.ts";

function resource(kind: ChangeKind, type: string, name: string, replacing: object[] = []): ResourceChange {
    const urn = `urn:pulumi:dev::story-42::${type}::${name}`;
    return { urn, type, name, kind, properties: replacing as ResourceChange["properties"] };
}
const none: Changes = { create: [], update: [], replace: [], delete: [], import: [], same: [] };
const table = resource("replace", "aws:dynamodb/table:Table", "table", [
    { path: "hashKey", from: "id", to: "key", replaces: true },
    { path: "tags", from: {}, to: { a: 1 }, replaces: false },
]);
const refusal = (run: () => void): ProtectedDataError | undefined => {
    try {
        run();
        return undefined;
    } catch (error) {
        expect(error).to.be.instanceOf(ProtectedDataError);
        return error as ProtectedDataError;
    }
};

describe("The gate before data", () => {
    for (const type of [
        "aws:dynamodb/table:Table",
        "aws:s3/bucket:Bucket",
        "aws:cognito/userPool:UserPool",
        "aws:secretsmanager/secret:Secret",
        "aws:ecr/repository:Repository",
        "aws:kms/key:Key",
    ]) {
        for (const kind of ["replace", "delete"] as const) {
            it(`refuses to ${kind} an ${type} that is not named, and lets a named one go`, () => {
                const changes = { ...none, [kind]: [resource(kind, type, "it")] };
                expect(refusal(() => guardData("dev", changes, ["other"]))?.refused[0]?.name).to.equal("it");
                expect(refusal(() => guardData("dev", changes, ["it"]))).to.equal(undefined);
                const [{ urn } = { urn: "" }] = changes[kind];
                expect(refusal(() => guardData("dev", changes, [urn]))).to.equal(undefined);
            });
        }
    }

    for (const type of [
        "aws:ec2/vpc:Vpc",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:cloudfront/distribution:Distribution",
    ]) {
        it(`asks before it replaces an ${type}, and not before it deletes one`, () => {
            const replacing = { ...none, replace: [resource("replace", type, "it")] };
            expect(refusal(() => guardData("dev", replacing, []))?.message).to.match(/would lose what it stands on/);
            expect(refusal(() => guardData("dev", replacing, ["it"]))).to.equal(undefined);
            const deleting = { ...none, delete: [resource("delete", type, "it")] };
            expect(refusal(() => guardData("dev", deleting, []))).to.equal(undefined);
            expect(refusal(() => guardRemoval("dev", deleting.delete, []))).to.equal(undefined);
        });
    }

    it("says which change asks for it, and what to write to let it happen", () => {
        const error = refusal(() => guardData("dev", { ...none, replace: [table] }, []));
        expect(error?.message).to.equal(
            'Stack dev would lose data:\n  replace table (aws:dynamodb/table:Table): hashKey changes from "id" to "key"',
        );
        expect(error?.advice).to.contain('replaceOrDelete: ["table"]');
    });

    it("lets everything else be made, changed, replaced and deleted", () => {
        const changes = {
            ...none,
            create: [resource("create", "aws:s3/bucket:Bucket", "new")],
            update: [resource("update", "aws:dynamodb/table:Table", "table")],
            replace: [resource("replace", "aws:ecs/taskDefinition:TaskDefinition", "task")],
            delete: [resource("delete", "aws:lambda/function:Function", "function")],
        };
        expect(refusal(() => guardData("dev", changes, []))).to.equal(undefined);
    });

    it("refuses to remove a stack that holds data, until each or the stack is named", () => {
        const resources = [table, resource("same", "aws:lambda/function:Function", "function")];
        const error = refusal(() => guardRemoval("dev", resources, []));
        expect(error?.refused.map(({ name }) => name)).to.deep.equal(["table"]);
        expect(error?.advice).to.contain('everythingOf: "dev"');
        expect(refusal(() => guardRemoval("dev", resources, ["table"]))).to.equal(undefined);
    });
});
