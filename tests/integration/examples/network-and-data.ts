import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect } from "chai";
import type { ProgramExample } from "./example.ts";

export const systemNode = true;
export const npmInstall = true;

export const settings: ProgramExample["settings"] = () => ({
    googleApiKey: { secret: "google-key" },
    ttsApiKey: { secret: "tts-key" },
});

export const check: ProgramExample["check"] = async (outputs, { client }) => {
    const { Subnets = [] } = await new EC2Client(client).send(
        new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [outputs.vpcId] }] }),
    );
    expect(Subnets.map(({ CidrBlock }) => CidrBlock)).to.have.members(
        ["1", "2", "11", "12"].map((third) => `10.50.${third}.0/24`),
    );
    const { Table } = await new DynamoDBClient(client).send(new DescribeTableCommand({ TableName: outputs.tableName }));
    expect(Table?.TableName).to.equal("reports-story-sessions-trial");
    const policy = await new IAMClient(client).send(
        new GetRolePolicyCommand({ RoleName: outputs.reporterRoleName, PolicyName: "sessions" }),
    );
    const [statement] = JSON.parse(decodeURIComponent(policy.PolicyDocument ?? "")).Statement;
    expect(statement.Action).to.deep.equal(["dynamodb:PutItem"]);
    expect([statement.Resource].flat()).to.include(Table?.TableArn);
};

export const gone: ProgramExample["gone"] = async (outputs, { client }) => {
    const error = await new DynamoDBClient(client)
        .send(new DescribeTableCommand({ TableName: outputs.tableName }))
        .catch((reason) => reason);
    expect(error.name).to.equal("ResourceNotFoundException");
};
