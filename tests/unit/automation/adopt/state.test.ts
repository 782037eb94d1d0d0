import { expect } from "chai";
import { deploymentOf } from "../../../../automation/adopt/deployment.ts";
import { readTerraformState } from "../../../../automation/adopt/state.ts";
import { StateError } from "../../../../automation/adopt/stateError.ts";
import { checkSettings } from "../../../../stacks/checkSettings.ts";
import { elsewhere, pulled, stateFile } from "../../../kit/adopt/terraformState.ts";
import { requiredSettings } from "../../../kit/settings.ts";

const settings = (more: Record<string, unknown> = {}) => checkSettings({ ...requiredSettings, ...more });

/** What reading a state says, as a person sees it. */
function refusal(content: string | Uint8Array): string {
    try {
        readTerraformState(Buffer.from(content), "the.tfstate");
    } catch (error) {
        expect(error).to.be.instanceOf(StateError);
        return `${(error as StateError).message} ${(error as StateError).advice}`;
    }
    throw new Error("it was read");
}

describe("reading a Terraform state", () => {
    it("takes what is managed, with addresses as Terraform writes them", () => {
        const { terraformVersion, serial, instances } = readTerraformState(pulled(stateFile()), "x");
        expect({ terraformVersion, serial, count: instances.length }).to.deep.equal({
            terraformVersion: "1.11.4",
            serial: 156,
            count: 135,
        });
        const addresses = instances.map(({ address }) => address);
        expect(addresses).to.include.members([
            "module.dynamodb.aws_dynamodb_table.story_sessions",
            "module.vpc.module.vpc.aws_subnet.public[0]",
            'module.ecs_fargate[0].module.alb.aws_lb_listener.this["http"]',
        ]);
        expect(addresses.filter((address) => address.includes(".data."))).to.deep.equal([]);
    });

    it("takes any Terraform 1.x and OpenTofu, and attributes that are not there", () => {
        for (const terraform_version of ["1.0.0", "1.5.7", "1.15.0"]) {
            const state = { ...stateFile(), terraform_version, check_results: null, unheard_of: {} };
            expect(readTerraformState(pulled(state), "x").terraformVersion).to.equal(terraform_version);
        }
        const flat = { ...stateFile() };
        for (const instance of flat.resources[0]?.instances ?? []) {
            delete instance.attributes;
        }
        expect(readTerraformState(pulled(flat), "x").instances).to.have.length(135);
    });

    it("reads what PowerShell's > writes", () => {
        const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(JSON.stringify(stateFile()), "utf16le")]);
        expect(readTerraformState(utf16, "x")).to.deep.equal(readTerraformState(pulled(stateFile()), "x"));
    });

    it("says that a state ends in the middle, wherever that is", () => {
        const whole = JSON.stringify(stateFile());
        for (const length of [1, 200, 5001, 5002, 5003, 5004, 5005, whole.length - 1]) {
            expect(refusal(whole.slice(0, length)), String(length)).to.match(
                /ends in the middle.*terraform state pull/,
            );
        }
    });

    const others: [what: string, content: string | Uint8Array, said: RegExp][] = [
        ["nothing", "", /the\.tfstate is empty.*terraform state pull/],
        ["text", 'resource "aws_s3_bucket" "b" {}', /is not JSON.*terraform state pull/],
        ["a list", "[]", /is JSON, but no Terraform state/],
        ["another document", '{"a":1}', /no Terraform state: it has no version/],
        ["a plan file", Buffer.from("PK\x03\x04rest"), /is a ZIP archive, as terraform plan -out writes/],
        ["a compressed file", Buffer.from([0x1f, 0x8b, 8, 0]), /compressed with gzip.*gunzip -c/],
        [
            "an encrypted state",
            JSON.stringify({ serial: 1, lineage: "l", meta: {}, encrypted_data: "c2VjcmV0", encryption_version: "v0" }),
            /encrypted by OpenTofu.*tofu state pull/,
        ],
        [
            "a backend's settings",
            JSON.stringify({
                version: 3,
                serial: 1,
                backend: { type: "s3", config: { bucket: "states" } },
                modules: [],
            }),
            /where the state is kept \(backend "s3"\).*terraform state pull/,
        ],
        [
            "an old format",
            JSON.stringify({ version: 3, serial: 1, modules: [{ resources: {} }] }),
            /state format 3.*terraform apply -refresh-only/,
        ],
        ["a newer format", JSON.stringify({ version: 5, resources: [] }), /state format 5, which is newer/],
        ["a shown state", JSON.stringify({ format_version: "1.0", values: {} }), /terraform show -json/],
        ["a shown plan", JSON.stringify({ format_version: "1.2", planned_values: {} }), /is a plan/],
        ["Pulumi's state", JSON.stringify({ version: 3, deployment: {} }), /a state of Pulumi/],
        ["a state of nothing", JSON.stringify({ version: 4, serial: 7, resources: [] }), /no resources \(serial 7\)/],
        [
            "half a state",
            JSON.stringify({ version: 4, resources: [{ mode: "managed", type: "aws_s3_bucket", instances: [] }] }),
            /not a whole Terraform state: resources\.0\.name/,
        ],
    ];
    for (const [what, content, said] of others) {
        it(`says what ${what} is, and what to do`, () => {
            expect(refusal(content)).to.match(said);
        });
    }

    it("shows no value in what it says of a broken state", () => {
        const state = stateFile() as unknown as { resources: { instances: unknown }[] };
        (state.resources[3] as { instances: unknown }).instances = "TempPassword123!";
        expect(refusal(JSON.stringify(state))).not.to.contain("TempPassword123!");
    });
});

describe("finding the deployment in a state", () => {
    const find = (state: unknown, more?: Record<string, unknown>) =>
        deploymentOf(readTerraformState(pulled(state), "the.tfstate"), settings(more), "the.tfstate");

    it("finds project, environment, region and account", () => {
        expect(find(stateFile())).to.deep.equal({
            project: "story-42",
            environment: "dev",
            region: "us-east-1",
            account: "000000000000",
        });
        const west = { region: "us-west-2", projectName: "tales", environment: "stage" };
        expect(find(elsewhere(stateFile()), west)).to.include({
            project: "tales",
            environment: "stage",
            region: "us-west-2",
        });
    });

    it("finds the stack's own where a state has several", () => {
        const both = { ...stateFile(), resources: [...elsewhere(stateFile()).resources, ...stateFile().resources] };
        expect(find(both)).to.include({ project: "story-42", region: "us-east-1" });
    });

    it("finds them without a table, by any other of its names", () => {
        const state = stateFile();
        state.resources = state.resources.filter(({ type }) => type !== "aws_dynamodb_table");
        expect(find(state)).to.include({ project: "story-42", environment: "dev", region: "us-east-1" });
    });

    it("refuses another project, environment or region, and names the setting", () => {
        const said = (more: Record<string, unknown>) => {
            try {
                find(stateFile(), more);
            } catch (error) {
                return `${(error as StateError).message} ${(error as StateError).advice}`;
            }
            throw new Error("it was taken");
        };
        expect(said({ projectName: "other" })).to.match(/story-42 \(dev\).*other \(dev\).*projectName to story-42/);
        expect(said({ environment: "prod" })).to.match(/story-42 \(dev\).*environment to dev/);
        expect(said({ region: "eu-west-1" })).to.match(/in us-east-1.*in eu-west-1.*aws:region us-east-1/);
    });

    it("refuses a state of something else, saying what is in it", () => {
        const state = stateFile();
        state.resources = state.resources.filter(({ type }) => type.startsWith("aws_vpc"));
        expect(() => find(state)).to.throw(StateError, /describes no Story-42.*aws_vpc/);
    });
});
