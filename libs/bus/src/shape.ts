import { z } from 'zod';

const known = new WeakMap<z.ZodType, z.ZodType>();

/**
 * The same schema without what it says of values: texts may be of any length and form, numbers any, whatever an object is
 * refined by. What a reply consists of is looked at, and what is not declared is left out, as by the schema itself; that its
 * values are right is its owner's affair, who checked them when they came in. A fraction of the time, where there is much.
 */
export function shapeOf<Schema extends z.ZodType>(schema: Schema): z.ZodType<z.output<Schema>>;
export function shapeOf(schema: z.ZodType): z.ZodType {
  let shape = known.get(schema);
  if (shape === undefined) known.set(schema, (shape = makeShape(schema)));
  return shape;
}

const makeShape = (schema: z.ZodType): z.ZodType => {
  if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat) return z.string();
  if (schema instanceof z.ZodNumber) return z.number();
  if (schema instanceof z.ZodArray) return z.array(inner(schema.element));
  if (schema instanceof z.ZodObject) {
    const shape = Object.fromEntries(Object.entries(schema.shape).map(([name, field]) => [name, inner(field)]));
    return schema.clone({ ...schema.def, shape, checks: [] });
  }
  if (schema instanceof z.ZodOptional) return inner(schema.unwrap()).optional();
  if (schema instanceof z.ZodNullable) return inner(schema.unwrap()).nullable();
  if (schema instanceof z.ZodDefault) return schema.clone({ ...schema.def, innerType: inner(schema.unwrap()) });
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodString) {
    return z.record(z.string(), inner(schema.valueType));
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    return schema.clone({ ...schema.def, options: schema.options.map(inner), checks: [] });
  }
  // Of objects the values may decide which one it is.
  if (schema instanceof z.ZodUnion && !schema.options.some((option) => option instanceof z.ZodObject)) {
    return z.union(schema.options.map(inner));
  }
  return schema;
};

const inner = (schema: z.core.$ZodType): z.ZodType => {
  if (!(schema instanceof z.ZodType)) throw new TypeError('a schema of another zod');
  return shapeOf(schema);
};
