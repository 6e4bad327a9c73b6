import { recordProperties } from './runs.ts';

recordProperties();
