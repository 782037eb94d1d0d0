// Lists the deployed tables with the AWS SDK.
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";

const { TableNames } = await new DynamoDBClient().send(new ListTablesCommand());
console.log(`Tables: ${TableNames.join(", ")}`);
