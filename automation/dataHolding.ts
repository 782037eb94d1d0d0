/** Types whose resources hold what nobody can make again: stories, pictures, users, keys, images. */
const types: ReadonlySet<string> = new Set([
    "aws:dynamodb/table:Table",
    "aws:s3/bucket:Bucket",
    "aws:cognito/userPool:UserPool",
    "aws:secretsmanager/secret:Secret",
    "aws:ecr/repository:Repository",
    // Without its key, what it encrypted is lost as well.
    "aws:kms/key:Key",
]);

/** Whether resources of a type hold data, which is lost when they are deleted or replaced. */
export function holdsData(type: string): boolean {
    return types.has(type);
}
