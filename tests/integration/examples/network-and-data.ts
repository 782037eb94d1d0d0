import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { rolePolicies } from "../../kit/rolePolicies.ts";
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
    const policies = await rolePolicies(new IAMClient(client), outputs.reporterRoleName);
    const [statement] = policies.flatMap(({ PolicyDocument }) => JSON.parse(PolicyDocument).Statement);
    expect(statement.Action).to.deep.equal(["dynamodb:PutItem"]);
    expect([statement.Resource].flat()).to.include(Table?.TableArn);
};

export const gone: ProgramExample["gone"] = async (outputs, { client }) => {
    const error = await new DynamoDBClient(client)
        .send(new DescribeTableCommand({ TableName: outputs.tableName }))
        .catch((reason) => reason);
    expect(error.name).to.equal("ResourceNotFoundException");
};
