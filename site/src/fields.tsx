import { type ReactNode, useId } from "react";

interface FieldProps {
    label: string;
    /** Takes the form's whole width. */
    wide?: boolean;
    children: (id: string) => ReactNode;
}

/** A label over one control; the control gets the id that the label points to. */
export function Field({ label, wide, children }: FieldProps) {
    const id = useId();
    return (
        <div className={wide ? "field wide" : "field"}>
            <label htmlFor={id}>{label}</label>
            {children(id)}
        </div>
    );
}

interface OptionsProps {
    label: string;
    name: string;
    options: string[];
    /** The option that is chosen at first. Default: the first one. */
    initial?: string;
}

/** A choice among few words. */
export function Options({ label, name, options, initial }: OptionsProps) {
    return (
        <Field label={label}>
            {(id) => (
                <select id={id} name={name} defaultValue={initial}>
                    {options.map((option) => (
                        <option key={option} value={option}>
                            {option[0]?.toUpperCase() + option.slice(1)}
                        </option>
                    ))}
                </select>
            )}
        </Field>
    );
}
