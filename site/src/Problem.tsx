/** What went wrong, announced to a screen reader as it appears. Shows nothing while all is well. */
export function Problem({ error }: { error: unknown }) {
    return (
        <div role="alert">
            {error !== undefined && (
                <p className="problem">{error instanceof Error ? error.message : "Something went wrong."}</p>
            )}
        </div>
    );
}
