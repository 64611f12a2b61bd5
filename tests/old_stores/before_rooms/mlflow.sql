BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('dc11669786a5');
CREATE TABLE "assessments" (
	assessment_id VARCHAR(50) NOT NULL, 
	trace_id VARCHAR(50) NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	assessment_type VARCHAR(20) NOT NULL, 
	value TEXT NOT NULL, 
	error TEXT, 
	created_timestamp BIGINT NOT NULL, 
	last_updated_timestamp BIGINT NOT NULL, 
	source_type VARCHAR(50) NOT NULL, 
	source_id VARCHAR(250), 
	run_id VARCHAR(32), 
	span_id VARCHAR(50), 
	rationale TEXT, 
	overrides VARCHAR(50), 
	valid BOOLEAN NOT NULL, 
	assessment_metadata TEXT, 
	experiment_id INTEGER, 
	trace_timestamp_ms BIGINT, 
	aggregate_value FLOAT, 
	is_numeric_value BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT assessments_pk PRIMARY KEY (assessment_id), 
	CONSTRAINT fk_assessments_trace_id FOREIGN KEY(trace_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE budget_policies (
	budget_policy_id VARCHAR(36) NOT NULL, 
	budget_unit VARCHAR(32) NOT NULL, 
	budget_amount FLOAT NOT NULL, 
	duration_unit VARCHAR(32) NOT NULL, 
	duration_value INTEGER NOT NULL, 
	target_scope VARCHAR(32) NOT NULL, 
	budget_action VARCHAR(32) NOT NULL, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, target_value VARCHAR(255), 
	CONSTRAINT budget_policies_pk PRIMARY KEY (budget_policy_id)
);
CREATE TABLE "datasets" (
	dataset_uuid VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	digest VARCHAR(36) NOT NULL, 
	dataset_source_type VARCHAR(36) NOT NULL, 
	dataset_source TEXT NOT NULL, 
	dataset_schema TEXT, 
	dataset_profile TEXT, 
	CONSTRAINT dataset_pk PRIMARY KEY (experiment_id, name, digest), 
	CONSTRAINT fk_datasets_experiment_id_experiments FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
INSERT INTO "datasets" VALUES('e243cf1a3ad24c3d8db538df2a8ef275',1,'sample','3a84ba87e61b2d691bff937a951e0278e2be','local','{"uri": "sample"}','{"mlflow_colspec": [{"type": "long", "name": "timestamp", "required": true}, {"type": "double", "name": "open", "required": true}, {"type": "double", "name": "high", "required": true}, {"type": "double", "name": "low", "required": true}, {"type": "double", "name": "close", "required": true}, {"type": "double", "name": "volume", "required": true}]}','{"name": "sample", "sha256": "3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e", "count": 2098, "first": "2024-01-01T00:00:00Z", "last": "2024-01-02T10:57:00Z", "interval_s": 60, "gaps": 0}');
INSERT INTO "datasets" VALUES('9acff675fa1346d58525512f4651b2d4',1,'sample','12ab289baa8bc18f6e880436684d310c6071','local','{"uri": "sample"}','{"mlflow_colspec": [{"type": "long", "name": "timestamp", "required": true}, {"type": "double", "name": "open", "required": true}, {"type": "double", "name": "high", "required": true}, {"type": "double", "name": "low", "required": true}, {"type": "double", "name": "close", "required": true}, {"type": "double", "name": "volume", "required": true}]}','{"name": "sample", "sha256": "12ab289baa8bc18f6e880436684d310c607185e3c76fbdcf2249566e2fe8db96", "count": 3000, "first": "2024-01-01T00:00:00Z", "last": "2024-01-03T01:59:00Z", "interval_s": 60, "gaps": 0}');
INSERT INTO "datasets" VALUES('914b209b4a6e47fd995ab8927e5c1fe6',1,'sample','fc054de2583752d3373a4ce538da59584005','local','{"uri": "sample"}','{"mlflow_colspec": [{"type": "long", "name": "timestamp", "required": true}, {"type": "double", "name": "open", "required": true}, {"type": "double", "name": "high", "required": true}, {"type": "double", "name": "low", "required": true}, {"type": "double", "name": "close", "required": true}, {"type": "double", "name": "volume", "required": true}]}','{"name": "sample", "sha256": "fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622", "count": 800, "first": "2024-01-01T00:00:00Z", "last": "2024-01-01T13:19:00Z", "interval_s": 60, "gaps": 0}');
CREATE TABLE endpoint_bindings (
	endpoint_id VARCHAR(36) NOT NULL, 
	resource_type VARCHAR(50) NOT NULL, 
	resource_id VARCHAR(255) NOT NULL, 
	created_at BIGINT NOT NULL, 
	created_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), display_name VARCHAR(255), 
	CONSTRAINT endpoint_bindings_pk PRIMARY KEY (endpoint_id, resource_type, resource_id), 
	CONSTRAINT fk_endpoint_bindings_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE
);
CREATE TABLE endpoint_model_mappings (
	mapping_id VARCHAR(36) NOT NULL, 
	endpoint_id VARCHAR(36) NOT NULL, 
	model_definition_id VARCHAR(36) NOT NULL, 
	weight FLOAT NOT NULL, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, linkage_type VARCHAR(64) DEFAULT 'PRIMARY' NOT NULL, fallback_order INTEGER, 
	CONSTRAINT endpoint_model_mappings_pk PRIMARY KEY (mapping_id), 
	CONSTRAINT fk_endpoint_model_mappings_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE, 
	CONSTRAINT fk_endpoint_model_mappings_model_definition_id FOREIGN KEY(model_definition_id) REFERENCES model_definitions (model_definition_id)
);
CREATE TABLE endpoint_tags (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	endpoint_id VARCHAR(36) NOT NULL, 
	CONSTRAINT endpoint_tag_pk PRIMARY KEY ("key", endpoint_id), 
	CONSTRAINT fk_endpoint_tags_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE
);
CREATE TABLE "endpoints" (
	endpoint_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255), 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	routing_strategy VARCHAR(64), 
	fallback_config_json TEXT, 
	experiment_id INTEGER, 
	usage_tracking BOOLEAN DEFAULT '0' NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT endpoints_pk PRIMARY KEY (endpoint_id), 
	CONSTRAINT fk_endpoints_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE SET NULL, 
	CONSTRAINT uq_endpoints_workspace_name UNIQUE (workspace, name)
);
CREATE TABLE entity_associations (
	association_id VARCHAR(36) NOT NULL, 
	source_type VARCHAR(36) NOT NULL, 
	source_id VARCHAR(36) NOT NULL, 
	destination_type VARCHAR(36) NOT NULL, 
	destination_id VARCHAR(36) NOT NULL, 
	created_time BIGINT, 
	CONSTRAINT entity_associations_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
CREATE TABLE "evaluation_dataset_records" (
	dataset_record_id VARCHAR(36) NOT NULL, 
	dataset_id VARCHAR(36) NOT NULL, 
	inputs JSON NOT NULL, 
	expectations JSON, 
	tags JSON, 
	source JSON, 
	source_id VARCHAR(36), 
	source_type VARCHAR(255), 
	created_time BIGINT, 
	last_update_time BIGINT, 
	created_by VARCHAR(255), 
	last_updated_by VARCHAR(255), 
	input_hash VARCHAR(64) NOT NULL, outputs JSON, 
	CONSTRAINT evaluation_dataset_records_pk PRIMARY KEY (dataset_record_id), 
	CONSTRAINT fk_evaluation_dataset_records_dataset_id FOREIGN KEY(dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE, 
	CONSTRAINT unique_dataset_input UNIQUE (dataset_id, input_hash)
);
CREATE TABLE evaluation_dataset_tags (
	dataset_id VARCHAR(36) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	value VARCHAR(5000), 
	CONSTRAINT evaluation_dataset_tags_pk PRIMARY KEY (dataset_id, "key"), 
	CONSTRAINT fk_evaluation_dataset_tags_dataset_id FOREIGN KEY(dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE
);
CREATE TABLE "evaluation_datasets" (
	dataset_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	schema TEXT, 
	profile TEXT, 
	digest VARCHAR(64), 
	created_time BIGINT, 
	last_update_time BIGINT, 
	created_by VARCHAR(255), 
	last_updated_by VARCHAR(255), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT evaluation_datasets_pk PRIMARY KEY (dataset_id)
);
CREATE TABLE "experiment_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value TEXT, 
	experiment_id INTEGER NOT NULL, 
	CONSTRAINT experiment_tag_pk PRIMARY KEY ("key", experiment_id), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "experiment_tags" VALUES('mlflow.experimentKind','custom_model_development',1);
CREATE TABLE "experiments" (
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	artifact_location VARCHAR(256), 
	lifecycle_stage VARCHAR(32), 
	creation_time BIGINT, 
	last_update_time BIGINT, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT experiment_pk PRIMARY KEY (experiment_id), 
	CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT uq_experiments_workspace_name UNIQUE (workspace, name)
);
INSERT INTO "experiments" VALUES(0,'Default','@FOLDER@/mlruns/0','active',1795993504101,1795993504101,'default');
INSERT INTO "experiments" VALUES(1,'titan_mlopt','@FOLDER@/mlruns/1','active',1795993504305,1795993504305,'default');
CREATE TABLE guardrail_configs (
	endpoint_id VARCHAR(36) NOT NULL, 
	guardrail_id VARCHAR(36) NOT NULL, 
	execution_order INTEGER, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT guardrail_configs_pk PRIMARY KEY (endpoint_id, guardrail_id), 
	CONSTRAINT fk_guardrail_configs_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE, 
	CONSTRAINT fk_guardrail_configs_guardrail_id FOREIGN KEY(guardrail_id) REFERENCES guardrails (guardrail_id) ON DELETE CASCADE
);
CREATE TABLE guardrails (
	guardrail_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	scorer_id VARCHAR(36) NOT NULL, 
	scorer_version INTEGER NOT NULL, 
	stage VARCHAR(32) NOT NULL, 
	action VARCHAR(32) NOT NULL, 
	action_endpoint_id VARCHAR(36), 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT guardrails_pk PRIMARY KEY (guardrail_id), 
	CONSTRAINT fk_guardrails_scorer_version FOREIGN KEY(scorer_id, scorer_version) REFERENCES scorer_versions (scorer_id, scorer_version), 
	CONSTRAINT fk_guardrails_action_endpoint_id FOREIGN KEY(action_endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE SET NULL
);
CREATE TABLE input_tags (
	input_uuid VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	value VARCHAR(500) NOT NULL, 
	CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name)
);
INSERT INTO "input_tags" VALUES('acdadf5f603c459d8363627a95ac2877','mlflow.data.context','tuning');
INSERT INTO "input_tags" VALUES('c116aff9eabc48f497c739821bf4245b','mlflow.data.context','tuning');
INSERT INTO "input_tags" VALUES('407cf9da1ea94320b978b6ba464bd8b8','mlflow.data.context','tuning');
CREATE TABLE inputs (
	input_uuid VARCHAR(36) NOT NULL, 
	source_type VARCHAR(36) NOT NULL, 
	source_id VARCHAR(36) NOT NULL, 
	destination_type VARCHAR(36) NOT NULL, 
	destination_id VARCHAR(36) NOT NULL, step BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "inputs" VALUES('acdadf5f603c459d8363627a95ac2877','DATASET','e243cf1a3ad24c3d8db538df2a8ef275','RUN','9681e3ccbe344e469a60ef211792469d',0);
INSERT INTO "inputs" VALUES('ced47acb6bb142f6a33bf8c643776833','RUN_OUTPUT','9681e3ccbe344e469a60ef211792469d','MODEL_OUTPUT','m-6e1b75b6e2ab48d4b7dbb4372183c2e7',0);
INSERT INTO "inputs" VALUES('c116aff9eabc48f497c739821bf4245b','DATASET','9acff675fa1346d58525512f4651b2d4','RUN','c85616e59ed64adba9d5abcde12865c7',0);
INSERT INTO "inputs" VALUES('6127af6814154580906a7fbab4b0c855','RUN_OUTPUT','c85616e59ed64adba9d5abcde12865c7','MODEL_OUTPUT','m-95a365fcc0544a0fb6fa5136ad87e474',0);
INSERT INTO "inputs" VALUES('407cf9da1ea94320b978b6ba464bd8b8','DATASET','914b209b4a6e47fd995ab8927e5c1fe6','RUN','534b2d70ee734ac49099773ad2401d45',0);
INSERT INTO "inputs" VALUES('7946987445ed4fb3a4fbc0afd02a04c6','RUN_OUTPUT','534b2d70ee734ac49099773ad2401d45','MODEL_OUTPUT','m-60587f91029744babe5539577bd9c645',0);
CREATE TABLE issues (
	issue_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	description TEXT NOT NULL, 
	status VARCHAR(50) NOT NULL, 
	severity VARCHAR(50), 
	root_causes TEXT, 
	source_run_id VARCHAR(32), 
	categories TEXT, 
	created_timestamp BIGINT NOT NULL, 
	last_updated_timestamp BIGINT NOT NULL, 
	created_by VARCHAR(255), 
	CONSTRAINT issues_pk PRIMARY KEY (issue_id), 
	CONSTRAINT fk_issues_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE, 
	CONSTRAINT fk_issues_source_run_id FOREIGN KEY(source_run_id) REFERENCES runs (run_uuid) ON DELETE SET NULL
);
CREATE TABLE job_locks (
	lock_key VARCHAR(255) NOT NULL, 
	job_id VARCHAR(36) NOT NULL, 
	acquired_at BIGINT NOT NULL, 
	CONSTRAINT job_locks_pk PRIMARY KEY (lock_key), 
	CONSTRAINT fk_job_locks_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE "jobs" (
	id VARCHAR(36) NOT NULL, 
	creation_time BIGINT NOT NULL, 
	job_name VARCHAR(500) NOT NULL, 
	params TEXT NOT NULL, 
	timeout FLOAT, 
	status INTEGER NOT NULL, 
	result TEXT, 
	retry_count INTEGER NOT NULL, 
	last_update_time BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, status_details JSON, creator VARCHAR(255), executor_backend VARCHAR(255), lease_expires_at BIGINT, status_message TEXT, progress JSON, progress_updated_at BIGINT, token_hash VARCHAR(64), scoped_permissions JSON, next_attempt_at BIGINT, 
	CONSTRAINT jobs_pk PRIMARY KEY (id)
);
CREATE TABLE label_schemas (
	schema_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	type VARCHAR(16) NOT NULL, 
	instruction TEXT, 
	enable_comment BOOLEAN DEFAULT '0' NOT NULL, 
	input_type VARCHAR(32) NOT NULL, 
	input_config TEXT NOT NULL, 
	created_by VARCHAR(255), 
	created_time BIGINT NOT NULL, 
	last_update_time BIGINT NOT NULL, 
	is_default BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT label_schemas_pk PRIMARY KEY (schema_id), 
	CONSTRAINT fk_label_schemas_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE, 
	CONSTRAINT uq_label_schemas_exp_name UNIQUE (experiment_id, name)
);
CREATE TABLE "latest_metrics" (
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT NOT NULL, 
	timestamp BIGINT, 
	step BIGINT NOT NULL, 
	is_nan BOOLEAN NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT latest_metric_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), 
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "latest_metrics" VALUES('accuracy',5.33149171270718258419e-01,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('ece',4.71068512466341158401e-03,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('segment_accuracy',4.95867768595041336077e-01,1795993505023,2,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('segment_ece',6.00180772109232523597e-03,1795993505023,2,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('segment_predictions',121.0,1795993505023,2,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.07120673809647257157e-02,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',5.16720110915142374907e-02,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('ece_gap',4.7106851246633890326e-03,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('mce',4.71068512466341158401e-03,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('brier',2.4839120133208483776e-01,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('log_loss',6.89933189177383443535e-01,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('max_drawdown',0.0,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('total_return',0.0,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('turnover',0.0,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('n_predictions',362.0,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('n_bars',1347.0,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('n_traded',0.0,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('hits',193.0,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('coverage',2.68745360059391258378e-01,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('walk_accuracy',0.509867631425534,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('walk_sharpe',0.0,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('duration_seconds',8.65569659999891882762e-02,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('objective_value',0.509867631425534,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('ece_violated',0.0,1795993505023,362,0,'67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "latest_metrics" VALUES('best_objective_value',5.23486108710680908551e-01,1795993506249,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('best_accuracy',5.31707317073170759869e-01,1795993506249,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('best_ece',3.61637904375902360931e-02,1795993506249,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('accuracy',5.29774127310061571094e-01,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('ece',3.49328989770324e-05,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('sharpe',26.7509028679508,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('segment_accuracy',5.16431924882629123096e-01,1795993505238,2,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('segment_ece',6.90672412538917879394e-04,1795993505238,2,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('segment_sharpe',3.78291668284138395952e+01,1795993505238,1,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('segment_predictions',213.0,1795993505238,2,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('ece_noise',1.7722695462055237936e-02,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.51396050887026417663e-02,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('ece_gap',3.49328989772649270645e-05,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('mce',3.49328989770324e-05,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('brier',2.49110147823096650387e-01,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('log_loss',6.91366664090739213577e-01,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('sharpe_se',1.97602144918711672971e+01,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('skewness',2.89453577373180124263e+01,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('kurtosis',877.982631416341,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('max_drawdown',0.0,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('total_return',4.99701114083039854563e-04,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('turnover',2.9695619896065329063e-03,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('n_predictions',487.0,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('n_bars',1347.0,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('n_traded',2.0,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('hits',258.0,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('coverage',3.61544172234595395654e-01,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('walk_accuracy',5.2236044001233672418e-01,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('walk_sharpe',9.45729170710346,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('duration_seconds',1.07877083999994738405e-01,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('objective_value',5.2236044001233672418e-01,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('ece_violated',0.0,1795993505238,487,0,'69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "latest_metrics" VALUES('best_sharpe',2.63920402749344207293e+00,1795993506249,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('accuracy',5.17423442449841619605e-01,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('ece',8.17952622221216653353e-03,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('sharpe',-5.76079895385017071163e+00,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('segment_accuracy',5.10392609699769073117e-01,1795993505426,2,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('segment_ece',5.93198121472421086713e-03,1795993505426,2,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('segment_sharpe',-1.51948587395513339264e+01,1795993505426,2,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('segment_predictions',433.0,1795993505426,2,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('ece_noise',1.5275987784864223512e-02,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',3.40942265808205288712e-02,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('ece_gap',8.17952622221192714169e-03,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('mce',8.67800673184821735883e-02,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('brier',2.51221385114890227718e-01,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('log_loss',6.95620017371600729561e-01,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('sharpe_se',1.9753803791130472689e+01,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('skewness',-4.62962904372132666441e-01,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('kurtosis',8.92063011960130225475e+00,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('sortino',-7.80753851829633571668e+00,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('max_drawdown',9.78525412024133789401e-03,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('total_return',-3.0015394357559843641e-03,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('turnover',3.54120267260579046908e-01,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('n_predictions',947.0,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('n_bars',1347.0,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('n_traded',558.0,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('hits',490.0,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('coverage',7.03043801039346716308e-01,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('walk_accuracy',5.13631033150313220936e-01,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('walk_sharpe',-1.03518318507051105821e+01,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('duration_seconds',1.026361959999917417e-01,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('objective_value',5.13631033150313220936e-01,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('ece_violated',0.0,1795993505426,947,0,'83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "latest_metrics" VALUES('accuracy',0.512218963831867,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('ece',2.12206602993838325255e-02,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('sharpe',3.07024176332597953376e+00,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('segment_accuracy',4.82558139534883745458e-01,1795993505564,2,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('segment_ece',4.74693316557983427395e-02,1795993505564,2,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('segment_sharpe',-2.21320805437646797022e+01,1795993505564,2,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('segment_predictions',516.0,1795993505564,2,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('ece_noise',1.52210303548686899655e-02,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',3.29508655779762044124e-02,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('ece_gap',2.12206602993841482451e-02,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('mce',6.5022535275771217722e-02,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('brier',2.5189093228459469298e-01,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('log_loss',6.9699657323122687913e-01,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('sharpe_se',1.97535805479267949635e+01,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('skewness',-2.10561476318114976225e-01,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('kurtosis',5.54400807515870663877e+00,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('sortino',4.26867888667904438193e+00,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.43839660034840166602e-02,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('total_return',1.93417683537022710993e-03,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('turnover',6.32516703786191514247e-01,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('n_predictions',1023.0,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('n_bars',1347.0,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('n_traded',886.0,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('hits',524.0,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('coverage',7.59465478841870877957e-01,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('walk_accuracy',4.97520182560433066321e-01,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('walk_sharpe',-8.42163492772699129318e+00,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('duration_seconds',8.53904769999758173071e-02,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('objective_value',4.97520182560433066321e-01,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('ece_violated',0.0,1795993505564,1023,0,'e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "latest_metrics" VALUES('accuracy',5.24234693877551061191e-01,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('ece',4.79911032807681364048e-03,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('sharpe',-2.34943357859099455353e+00,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('segment_accuracy',4.81586402266288959861e-01,1795993505707,2,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('segment_ece',3.44707564401703150935e-02,1795993505707,2,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('segment_sharpe',-3.53343768679810636972e+01,1795993505707,2,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('segment_predictions',353.0,1795993505707,2,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('ece_noise',1.54084010349330342848e-02,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',3.55845681421397136423e-02,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('ece_gap',-3.69681304009874135002e-03,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('mce',1.08025134221836016656e-01,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('brier',2.49522987988176681017e-01,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('log_loss',6.92198613219747072022e-01,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('sharpe_se',1.97535438433712364769e+01,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('skewness',-4.34808409815361285311e-01,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('kurtosis',7.57150945757546356418e+00,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('sortino',-3.18255568475145533824e+00,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.40914187555968295484e-02,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('total_return',-1.38356639714487528181e-03,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('turnover',4.87750556792873046774e-01,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('n_predictions',784.0,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('n_bars',1347.0,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('n_traded',676.0,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('hits',411.0,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('coverage',5.82034149962880498208e-01,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('walk_accuracy',5.00980984994380262875e-01,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('walk_sharpe',-1.87283902686800516335e+01,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('duration_seconds',7.29884560000186866091e-02,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('objective_value',5.00980984994380262875e-01,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('ece_violated',0.0,1795993505707,784,0,'be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "latest_metrics" VALUES('accuracy',5.31707317073170759869e-01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('ece',3.61637904375902360931e-02,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('sharpe',2.63920402749344207293e+00,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('segment_accuracy',5.17110266159695797227e-01,1795993505919,2,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('segment_ece',5.35027446373315188066e-02,1795993505919,2,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('segment_sharpe',1.12983740915151198436e+01,1795993505919,2,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('segment_predictions',263.0,1795993505919,2,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.06510659436128854449e-02,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.44799821369650238978e-02,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.52116894540376204614e-02,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('mce',2.43045539487319106619e-01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('brier',2.52817631183633928504e-01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('log_loss',6.98968746383087591311e-01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('sharpe_se',1.97535574253576839964e+01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('skewness',4.0015987662816781753e-03,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('kurtosis',1.74227878866213501396e+01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('sortino',3.76387413497603073864e+00,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('max_drawdown',8.90257125308047125855e-03,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('total_return',8.54352723142159931057e-04,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('turnover',2.80623608017817383064e-01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('n_predictions',615.0,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('n_bars',1347.0,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('n_traded',264.0,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('hits',327.0,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('coverage',4.56570155902004448655e-01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('walk_accuracy',5.23486108710680908551e-01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('walk_sharpe',3.36391441916473965534e-01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('duration_seconds',1.39197808999995231715e-01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('objective_value',5.23486108710680908551e-01,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('ece_violated',0.0,1795993505919,615,0,'082c6a88efe8480e9cf8341120817c21');
INSERT INTO "latest_metrics" VALUES('segment_accuracy',5.21212121212121237689e-01,1795993506123,1,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('segment_ece',1.42388824621727493047e-02,1795993506123,1,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('segment_sharpe',-2.68467848314287032e+01,1795993506123,1,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('segment_predictions',495.0,1795993506123,1,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('accuracy',5.21212121212121237689e-01,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('ece',1.42388824621727493047e-02,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.00067479517095879459e-02,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.64170243959153711044e-02,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.42388824621724630753e-02,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('mce',1.44474535346995908852e-02,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('brier',2.51305629143092901234e-01,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('log_loss',6.95783916735426610777e-01,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('sharpe',-2.68467848314287032e+01,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.79348642266056295118e+01,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('skewness',-2.94758405685184410316e-01,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('kurtosis',6.02168216059483274449e+00,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('sortino',-3.58802588475165862291e+01,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.07747862726024212776e-02,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('total_return',-7.05413925189435353502e-03,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('turnover',4.76261127596439182152e-01,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('n_predictions',495.0,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('n_bars',674.0,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('n_traded',342.0,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('hits',258.0,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('coverage',7.34421364985163194205e-01,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('walk_accuracy',5.21212121212121237689e-01,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('walk_sharpe',-2.68467848314287032e+01,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('duration_seconds',9.50004580000154419394e-02,1795993506123,495,0,'43096db5ef74448da9694cc43aa94755');
INSERT INTO "latest_metrics" VALUES('segment_accuracy',5.35641547861507083538e-01,1795993506247,1,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('segment_ece',8.39639393920474721988e-03,1795993506247,1,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('segment_sharpe',2.34525403030185657375e+01,1795993506247,1,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('segment_predictions',491.0,1795993506247,1,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('accuracy',5.35641547861507083538e-01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('ece',8.39639393920474721988e-03,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('ece_noise',1.94533507107486104692e-02,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.5408778999839416457e-02,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('ece_gap',-3.47105806736966665884e-03,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('mce',6.04584978267670880569e-01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('brier',2.49878353617827925203e-01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('log_loss',6.92934375221050502524e-01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('sharpe',2.34525403030185657375e+01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.7932597200847009589e+01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('skewness',7.48707212060790272545e-01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('kurtosis',3.42088746593491066505e+01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('sortino',3.61351596234590601844e+01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('max_drawdown',2.46042839096438648027e-03,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('total_return',2.77171455072888761606e-03,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('turnover',1.89910979228486653802e-01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('n_predictions',491.0,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('n_bars',674.0,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('n_traded',68.0,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('hits',263.0,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('coverage',0.728486646884273,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('walk_accuracy',5.35641547861507083538e-01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('walk_sharpe',2.34525403030185657375e+01,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('duration_seconds',6.03837049999924602161e-02,1795993506247,491,0,'724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "latest_metrics" VALUES('accuracy',5.31707317073170759869e-01,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('ece',3.61637904375902360931e-02,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.06510659436128854449e-02,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.44799821369650238978e-02,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.52116894540376204614e-02,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('mce',2.43045539487319106619e-01,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('brier',2.52817631183633928504e-01,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('log_loss',6.98968746383087591311e-01,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('sharpe',2.63920402749344207293e+00,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('sharpe_se',1.97535574253576839964e+01,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('skewness',4.0015987662816781753e-03,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('kurtosis',1.74227878866213501396e+01,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('sortino',3.76387413497603073864e+00,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('max_drawdown',8.90257125308047125855e-03,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('total_return',8.54352723142159931057e-04,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('turnover',2.80623608017817383064e-01,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('n_predictions',615.0,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('n_bars',1347.0,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('n_traded',264.0,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('hits',327.0,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('coverage',4.56570155902004448655e-01,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('walk_accuracy',5.23486108710680908551e-01,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('walk_sharpe',3.36391441916473965534e-01,1795993506393,0,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('total_trials',8.0,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('completed_trials',6.0,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('pruned_trials',2.0,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('failed_trials',0.0,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('ece_violations',0.0,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('ece_violations_beyond_noise',0.0,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_majority_accuracy',5.18930957683741644892e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_majority_n_predictions',1347.0,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_majority_sharpe',1.82308536760864825509e+01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_majority_walk_accuracy',5.12804176348428786269e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_majority_walk_sharpe',1.1872603983951819373e+01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_persistence_accuracy',4.77357089829250180734e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_persistence_n_predictions',1347.0,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_persistence_sharpe',-1.43652417307383775124e+01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_persistence_walk_accuracy',4.71958346744502876823e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_persistence_walk_sharpe',-1.50993655906016321921e+01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_anti_persistence_accuracy',5.22642910170749819265e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_anti_persistence_n_predictions',1347.0,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_anti_persistence_sharpe',1.43652417307383775124e+01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_anti_persistence_walk_accuracy',5.1726017521968592483e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_anti_persistence_walk_sharpe',1.37888929439487846191e+01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_default_accuracy',0.516162669447341,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_default_n_predictions',959.0,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_default_ece',1.42024009936495432954e-02,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_default_sharpe',2.10730165369207576029e+01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_default_walk_accuracy',4.99433521424792858933e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('baseline_default_walk_sharpe',8.75319391843152416754e+00,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('independent_trials',6.55701940169648445078e+00,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('effective_predictions',615.0,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('psr',5.53122645030133419652e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('dsr',2.29943408572900909181e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('min_track_record_bars',2.04165976300472771978e+05,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('min_backtest_years',2.61836476099179094045e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('pbo',8.24242424242424220892e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('pbo_below_baseline',2.50893550893550920655e-01,1795993516284,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('holdout_openings',1.0,1795993880210,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('holdout_accuracy',5.2714932126696834036e-01,1795993880210,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('holdout_difference',4.52488687782803822301e-03,1795993880210,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('placebo_p',1.0,1795993880210,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('placebo_studies',2.0,1795993880210,7,0,'9681e3ccbe344e469a60ef211792469d');
INSERT INTO "latest_metrics" VALUES('accuracy',5.29162248144220526135e-01,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('ece',1.00532404071055122413e-02,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('ece_noise',1.42516729876649827363e-02,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',3.27161746002081754713e-02,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.005324040710602225e-02,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('mce',2.77629862658067549929e-01,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('brier',2.50194358692900853391e-01,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('log_loss',6.93565118018578452563e-01,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('max_drawdown',0.0,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('total_return',0.0,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('turnover',0.0,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('n_predictions',943.0,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('n_bars',2880.0,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('n_traded',0.0,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('hits',499.0,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('coverage',3.27430555555555558022e-01,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('duration_seconds',2.96274213000003783236e-01,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('objective_value',2.23619495906138521235e+00,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('ece_violated',0.0,1795993594219,943,0,'fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "latest_metrics" VALUES('accuracy',5.29274004683840781915e-01,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('ece',1.00104022866247359402e-02,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('sharpe',2.52073039226795216896e+01,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('ece_noise',1.32830364150819859453e-02,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',2.90216039584962615105e-02,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.00104022866243629746e-02,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('mce',6.99481905486908916991e-02,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('brier',2.49408906526489698718e-01,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('log_loss',6.91980440602699586882e-01,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('sharpe_se',1.3513338370609430328e+01,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('skewness',1.91163136871962038298e+01,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('kurtosis',4.95161466515533334143e+02,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('sortino',8.2713909831359529786e+01,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('max_drawdown',2.68209660543639039076e-04,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('total_return',1.23951812222267143681e-03,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('turnover',5.55555555555555576757e-03,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('n_predictions',1281.0,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('n_bars',2880.0,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('n_traded',8.0,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('hits',678.0,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('coverage',4.44791666666666640761e-01,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('duration_seconds',3.06336050000027171336e-01,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('objective_value',2.81608612429615279282e+00,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('ece_violated',0.0,1795993594829,1281,0,'c42896b365c34f0581fc0f804e440c28');
INSERT INTO "latest_metrics" VALUES('accuracy',0.519558214450069,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('ece',1.0221740203301649813e-02,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('sharpe',1.53376730751252985385e+01,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('ece_noise',9.4361420544897874757e-03,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',2.19773701044609706678e-02,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.02217402033011762335e-02,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('mce',5.57260681416257910858e-02,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('brier',2.50395650687694704128e-01,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('log_loss',6.93958084752822612628e-01,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('sharpe_se',1.35107675951298560339e+01,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('skewness',9.93966225689728484493e-03,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('kurtosis',1.20762685100291644602e+01,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('sortino',2.21923420910197179969e+01,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.55001473573186387966e-02,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('total_return',2.34637750119190968689e-02,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('turnover',3.31597222222222209886e-01,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('n_predictions',2173.0,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('n_bars',2880.0,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('n_traded',1280.0,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('hits',1129.0,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('coverage',7.54513888888888928363e-01,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('duration_seconds',3.21295441000017945043e-01,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('objective_value',1.84737367733814661363e+00,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('ece_violated',0.0,1795993595280,2173,0,'b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "latest_metrics" VALUES('best_objective_value',2.81608612429615279282e+00,1795993596136,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('best_accuracy',5.29274004683840781915e-01,1795993596136,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('best_ece',1.00104022866247359402e-02,1795993596136,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('best_sharpe',2.52073039226795216896e+01,1795993596136,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('accuracy',5.2239430724152369212e-01,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('ece',0.0192981772208437,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('sharpe',1.92360636310400217041e+01,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('ece_noise',9.56290597658060112506e-03,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',2.10241032997617940947e-02,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.92981772208424273706e-02,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('mce',1.11535150250891820777e-01,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('brier',2.50968468919834597485e-01,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('log_loss',6.95163426250927196647e-01,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('sharpe_se',1.35116335300363683553e+01,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('skewness',-3.16685363113408391289e-02,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('kurtosis',7.45708454616988269947e+00,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('sortino',2.77949172011731455707e+01,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('max_drawdown',2.42214631313478756524e-02,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('total_return',3.97932084934857766e-02,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('turnover',4.5798611111111109384e-01,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('n_predictions',2389.0,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('n_bars',2880.0,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('n_traded',2173.0,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('hits',1248.0,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('coverage',8.29513888888888883954e-01,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('duration_seconds',3.00086383000007117516e-01,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('objective_value',2.15320526971641079683e+00,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('ece_violated',0.0,1795993595755,2389,0,'0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "latest_metrics" VALUES('accuracy',5.19634211941904289311e-01,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('ece',8.74087100598459204592e-03,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('sharpe',-2.15803708762301438284e+00,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('ece_noise',9.93628335845880665544e-03,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',2.27987989357627540698e-02,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('ece_gap',8.74087100598427112208e-03,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('mce',3.7153665946200942205e-01,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('brier',2.5080287982569959837e-01,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('log_loss',6.94780341389858113743e-01,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('sharpe_se',1.35092860110549395358e+01,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('skewness',-2.22679896172685742872e-01,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('kurtosis',1.0154403506307616567e+01,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('sortino',-2.99493947479433142433e+00,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('max_drawdown',2.45332080807068031447e-02,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('total_return',-3.81814900246557620278e-03,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('turnover',4.73958333333333314829e-01,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('n_predictions',1859.0,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('n_bars',2880.0,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('n_traded',1619.0,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('hits',966.0,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('coverage',6.4548611111111109384e-01,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('duration_seconds',1.92504977999988113879e-01,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('objective_value',1.45666236966946205377e+00,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('ece_violated',0.0,1795993596107,1859,0,'1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "latest_metrics" VALUES('accuracy',5.29274004683840781915e-01,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('ece',1.00104022866247359402e-02,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('ece_noise',1.32830364150819859453e-02,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',2.90216039584962615105e-02,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.00104022866243629746e-02,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('mce',6.99481905486908916991e-02,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('brier',2.49408906526489698718e-01,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('log_loss',6.91980440602699586882e-01,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('sharpe',2.52073039226795216896e+01,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('sharpe_se',1.3513338370609430328e+01,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('skewness',1.91163136871962038298e+01,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('kurtosis',4.95161466515533334143e+02,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('sortino',8.2713909831359529786e+01,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('max_drawdown',2.68209660543639039076e-04,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('total_return',1.23951812222267143681e-03,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('turnover',5.55555555555555576757e-03,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('n_predictions',1281.0,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('n_bars',2880.0,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('n_traded',8.0,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('hits',678.0,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('coverage',4.44791666666666640761e-01,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993596507,0,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('total_trials',5.0,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('completed_trials',5.0,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('pruned_trials',0.0,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('failed_trials',0.0,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('ece_violations',0.0,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('ece_violations_beyond_noise',0.0,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_majority_accuracy',5.16567840948726875183e-01,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_majority_n_predictions',2867.0,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_majority_sharpe',1.5657582573943395587e+01,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_persistence_accuracy',0.503125,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_persistence_n_predictions',2880.0,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_persistence_sharpe',7.80524672866212654298e+00,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_anti_persistence_accuracy',0.496875,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_anti_persistence_n_predictions',2880.0,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_anti_persistence_sharpe',-7.80524672866212654298e+00,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_default_accuracy',5.16609880749574146285e-01,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_default_n_predictions',2348.0,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_default_ece',1.83599377096563161348e-02,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_default_sharpe',1.2540128247297262831e+01,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_champion_accuracy',5.23578363384188616436e-01,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_champion_n_predictions',1442.0,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_champion_ece',2.87334808834170084279e-02,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('baseline_champion_sharpe',8.85304388007137355032e+00,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('independent_trials',4.37709793986824102773e+00,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('effective_predictions',1.12133130703960614486e+03,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('psr',9.96315826283850070055e-01,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('dsr',9.01699936755476771921e-01,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('min_track_record_bars',1.08571816617257741204e+03,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('min_backtest_years',1.93951651360076723733e-03,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('pbo',7.00660450660450684345e-01,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('pbo_below_baseline',8.75679875679875735494e-02,1795993827060,4,0,'c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "latest_metrics" VALUES('accuracy',4.87804878048780476973e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('ece',1.16081310380051899722e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('sharpe',-7.77483000456751449647e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.40387332241141886413e-02,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',5.42109014569069555533e-02,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.13831497662864725151e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('mce',1.18488584033293042896e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('brier',2.62840272763405269351e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('log_loss',7.19339425077920924245e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.63152145494792115702e+01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('skewness',8.44396325877096232126e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('kurtosis',1.5435536909970197783e+01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('sortino',-1.15566447824452,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.3141327134889357886e-02,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('total_return',-3.71413632948680572098e-04,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('turnover',1.08036890645586303172e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('n_predictions',369.0,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('n_bars',759.0,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('n_traded',369.0,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('hits',180.0,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('coverage',4.86166007905138364275e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('bars',759.0,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('win_rate',4.87804878048780476973e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('duration_seconds',2.36956216000010044808e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('objective_value',4.39024390243902440378e-01,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('ece_violated',1.0,1795993618687,369,0,'16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "latest_metrics" VALUES('accuracy',0.5,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('ece',1.29483236456973516137e-01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('sharpe',1.81034973950217477067e+01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.0087053893619286754e-02,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.72169721789285623536e-02,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.27540309374472082826e-01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('mce',4.00242978995830056554e-01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('brier',2.67687598988218089512e-01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('log_loss',7.29857865731652344365e-01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.63193088597020761207e+01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('skewness',1.18344839834175030723e+00,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('kurtosis',1.327152810906219571e+01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('sortino',2.83014553076068935411e+01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.49812379660531069802e-02,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('total_return',7.30263161349453682191e-03,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('turnover',1.01449275362318847015e-01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('n_predictions',412.0,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('n_bars',759.0,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('n_traded',412.0,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('hits',206.0,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('coverage',5.42819499341238520528e-01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('bars',759.0,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('win_rate',0.5,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('duration_seconds',2.28440189999957965483e-01,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('objective_value',0.45,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('ece_violated',1.0,1795993619107,412,0,'8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "latest_metrics" VALUES('accuracy',5.06692160611854736096e-01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('ece',1.21096155973020397356e-01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('sharpe',1.69060717919280243393e+01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.1406940982331808948e-02,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.68350740580322430495e-02,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.21096155973021632479e-01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('mce',1.24040574570040848523e-01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('brier',2.6510109962973549269e-01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('log_loss',7.24502358928002188065e-01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.63187842173006529837e+01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('skewness',5.29140302931804806796e-01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('kurtosis',8.16475121666778136386e+00,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('sortino',2.50838234684155096947e+01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.22656205462559064756e-02,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('total_return',8.13541648220250657175e-03,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('turnover',8.82740447957839208248e-02,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('n_predictions',523.0,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('n_bars',759.0,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('n_traded',523.0,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('hits',265.0,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('coverage',0.689064558629776,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('bars',759.0,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('win_rate',5.06692160611854736096e-01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('duration_seconds',3.08413826999981210974e-01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('objective_value',4.56022944550669273588e-01,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('ece_violated',1.0,1795993619587,523,0,'5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "latest_metrics" VALUES('accuracy',4.74725274725274704046e-01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('ece',1.84576817967410683474e-01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('sharpe',1.38539650044898099423e+00,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.98932235518322431122e-02,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',5.49064882970809881035e-02,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.84576817967410544696e-01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('mce',2.5867818411180365512e-01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('brier',2.86423947996570282814e-01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('log_loss',7.71469873075013357066e-01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.63152310070334216618e+01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('skewness',1.10130033326391751913e+00,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('kurtosis',1.13916097154220210543e+01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('sortino',2.12868976515457486442e+00,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.80555887226961919722e-02,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('total_return',5.48500489219394538054e-04,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('turnover',1.46245059288537537778e-01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('n_predictions',455.0,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('n_bars',759.0,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('n_traded',455.0,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('hits',216.0,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('coverage',5.99472990777338621271e-01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('bars',759.0,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('win_rate',4.74725274725274704046e-01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('duration_seconds',2.2094344000004184636e-01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('objective_value',4.27252747252747200334e-01,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('ece_violated',1.0,1795993619966,455,0,'ffdda17460944980aae4a53acf218ea0');
INSERT INTO "latest_metrics" VALUES('best_objective_value',4.56022944550669273588e-01,1795993619995,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('best_accuracy',5.06692160611854736096e-01,1795993619995,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('best_ece',1.21096155973020397356e-01,1795993619995,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('best_sharpe',1.69060717919280243393e+01,1795993619995,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('ece',1.21096155973020397356e-01,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('sharpe',1.69060717919280243393e+01,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('accuracy',5.06692160611854736096e-01,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.1406940982331808948e-02,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.68350740580322430495e-02,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.21096155973021632479e-01,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('mce',1.24040574570040848523e-01,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('brier',2.6510109962973549269e-01,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('log_loss',7.24502358928002188065e-01,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.63187842173006529837e+01,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('skewness',5.29140302931804806796e-01,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('kurtosis',8.16475121666778136386e+00,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('sortino',2.50838234684155096947e+01,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.22656205462559064756e-02,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('total_return',8.13541648220250657175e-03,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('turnover',8.82740447957839208248e-02,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('n_predictions',523.0,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('n_bars',759.0,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('n_traded',523.0,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('hits',265.0,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('coverage',0.689064558629776,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('bars',759.0,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('win_rate',5.06692160611854736096e-01,1795993620257,0,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('total_trials',4.0,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('completed_trials',4.0,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('pruned_trials',0.0,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('failed_trials',0.0,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('ece_violations',4.0,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('ece_violations_beyond_noise',4.0,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_majority_accuracy',4.98084291187739447437e-01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_majority_n_predictions',783.0,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_majority_sharpe',1.08407352191799049028e+01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_persistence_accuracy',5.58897243107769448045e-01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_persistence_n_predictions',798.0,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_persistence_sharpe',6.58623559031735226207e+01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_anti_persistence_accuracy',4.41102756892230551954e-01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_anti_persistence_n_predictions',798.0,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_anti_persistence_sharpe',-6.58623559031735226207e+01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_default_accuracy',0.478494623655914,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_default_n_predictions',558.0,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_default_ece',1.54091123055958928445e-01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('baseline_default_sharpe',-1.98681304725063299088e+01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('independent_trials',1.77617725445427421249e+00,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('effective_predictions',4.80507979147269907119e+02,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('psr',7.40763596889022712943e-01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('dsr',6.88496240590318553387e-01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('min_track_record_bars',4.91981367905127081044e+03,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('min_backtest_years',5.71678788870514319707e-04,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('pbo',2.82012432012432034955e-01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('pbo_below_baseline',5.4289044289044285918e-01,1795993634896,3,0,'534b2d70ee734ac49099773ad2401d45');
INSERT INTO "latest_metrics" VALUES('ece',1.54091123055958928445e-01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('sharpe',-1.98681304725063299088e+01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('accuracy',0.478494623655914,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.17098552833316707499e-02,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.30439063550054762385e-02,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.54091123055960371734e-01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('mce',1.60556634914303386629e-01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('brier',2.74744511370870414523e-01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('log_loss',7.44880447669368228602e-01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.63201474126025374293e+01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('skewness',3.41804719594977879371e-01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('kurtosis',8.49450366585501726035e+00,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('sortino',-2.79772063913347572854e+01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.92697172930750282304e-02,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('total_return',-9.82021867956728300441e-03,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('turnover',1.14624505928853759328e-01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('n_predictions',558.0,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('n_bars',759.0,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('n_traded',558.0,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('hits',267.0,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('coverage',7.35177865612648195892e-01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('bars',759.0,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('win_rate',0.478494623655914,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('duration_seconds',6.92673748999993676989e-01,1795993647147,0,0,'abb7947b7caa4434829dce206483a211');
INSERT INTO "latest_metrics" VALUES('ece',1.54091123055958928445e-01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('sharpe',-1.98681304725063299088e+01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('accuracy',0.478494623655914,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.17098552833316707499e-02,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.30439063550054762385e-02,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.54091123055960371734e-01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('mce',1.60556634914303386629e-01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('brier',2.74744511370870414523e-01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('log_loss',7.44880447669368228602e-01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.63201474126025374293e+01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('skewness',3.41804719594977879371e-01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('kurtosis',8.49450366585501726035e+00,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('sortino',-2.79772063913347572854e+01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.92697172930750282304e-02,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('total_return',-9.82021867956728300441e-03,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('turnover',1.14624505928853759328e-01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('n_predictions',558.0,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('n_bars',759.0,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('n_traded',558.0,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('hits',267.0,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('coverage',7.35177865612648195892e-01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('bars',759.0,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('win_rate',0.478494623655914,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('duration_seconds',1.91331533999971270532e-01,1795993647339,0,0,'bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "latest_metrics" VALUES('ece',1.55595216225579868751e-01,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('sharpe',-3.42212930979489327043e+00,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('accuracy',0.477891156462585,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.09216937459355892259e-02,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.33503182663961955656e-02,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.55595216225581672864e-01,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('mce',1.70610614254164183467e-01,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('brier',0.275465208510981,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('log_loss',7.46348891171433548308e-01,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.63153535661772970395e+01,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('skewness',3.92169185764080441281e-01,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('kurtosis',7.64117232532269685663e+00,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('sortino',-4.97805112381760217488e+00,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.63471577909427567831e-02,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('total_return',-1.86003526269240548884e-03,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('turnover',1.48880105401844542445e-01,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('n_predictions',588.0,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('n_bars',759.0,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('n_traded',588.0,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('hits',281.0,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('coverage',7.74703557312252932831e-01,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('bars',759.0,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('win_rate',0.477891156462585,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('duration_seconds',1.87572026999987429007e-01,1795993647527,0,0,'f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "latest_metrics" VALUES('ece',1.44495312664359804033e-01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('sharpe',-8.89300871255656488756e+00,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('accuracy',4.81092436974789927628e-01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.50063608471965716228e-02,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.95100387207551562163e-02,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.44495312664359443211e-01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('mce',1.75583585847517376077e-01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('brier',2.73173538702676188538e-01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('log_loss',7.4161301658026423933e-01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.63161968591665882408e+01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('skewness',4.87864219774199525669e-01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('kurtosis',1.08865460467297943121e+01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('sortino',-1.27942948442628949838e+01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.17336523488151822647e-02,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('total_return',-4.04802264127679389815e-03,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('turnover',0.0922266139657444,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('n_predictions',476.0,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('n_bars',759.0,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('n_traded',476.0,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('hits',229.0,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('coverage',6.27140974967061892719e-01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('bars',759.0,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('win_rate',4.81092436974789927628e-01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('duration_seconds',1.23046172000044862215e-01,1795993647651,0,0,'a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "latest_metrics" VALUES('ece',1.54091123055958928445e-01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('sharpe',-1.98681304725063299088e+01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('accuracy',0.478494623655914,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.17098552833316707499e-02,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.30439063550054762385e-02,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.54091123055960371734e-01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('mce',1.60556634914303386629e-01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('brier',2.74744511370870414523e-01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('log_loss',7.44880447669368228602e-01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.63201474126025374293e+01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('skewness',3.41804719594977879371e-01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('kurtosis',8.49450366585501726035e+00,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('sortino',-2.79772063913347572854e+01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.92697172930750282304e-02,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('total_return',-9.82021867956728300441e-03,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('turnover',1.14624505928853759328e-01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('n_predictions',558.0,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('n_bars',759.0,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('n_traded',558.0,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('hits',267.0,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('coverage',7.35177865612648195892e-01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('bars',759.0,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('win_rate',0.478494623655914,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('duration_seconds',1.07480624999993779056e-01,1795993647759,0,0,'553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "latest_metrics" VALUES('ece',1.54091123055958928445e-01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('sharpe',-1.98681304725063299088e+01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('accuracy',0.478494623655914,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('ece_noise',2.17098552833316707499e-02,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('ece_noise_95',4.30439063550054762385e-02,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('ece_gap',1.54091123055960371734e-01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('mce',1.60556634914303386629e-01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('brier',2.74744511370870414523e-01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('log_loss',7.44880447669368228602e-01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('sharpe_se',2.63201474126025374293e+01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('skewness',3.41804719594977879371e-01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('kurtosis',8.49450366585501726035e+00,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('sortino',-2.79772063913347572854e+01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('max_drawdown',1.92697172930750282304e-02,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('total_return',-9.82021867956728300441e-03,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('turnover',1.14624505928853759328e-01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('n_predictions',558.0,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('n_bars',759.0,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('n_traded',558.0,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('hits',267.0,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('coverage',7.35177865612648195892e-01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('unchanged_share',0.0,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('bars',759.0,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('win_rate',0.478494623655914,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('duration_seconds',1.23329186999967532756e-01,1795993647883,0,0,'f65804b1b8364e2da82598133aab4f98');
INSERT INTO "latest_metrics" VALUES('n_parameters',2.0,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('base_runs',2.0,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('n_moves',1.0,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('n_dead',1.0,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('n_unknown',0.0,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('base_accuracy',0.478494623655914,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('base_ece',1.54091123055958928445e-01,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('base_sharpe',-1.98681304725063299088e+01,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('base_n_predictions',558.0,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('noise_accuracy',0.0,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('noise_ece',0.0,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('noise_sharpe',0.0,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "latest_metrics" VALUES('noise_n_predictions',0.0,1795993651805,0,0,'047c1b45a27e4876b01ae4705338ea1b');
CREATE TABLE logged_model_metrics (
	model_id VARCHAR(36) NOT NULL, 
	metric_name VARCHAR(500) NOT NULL, 
	metric_timestamp_ms BIGINT NOT NULL, 
	metric_step BIGINT NOT NULL, 
	metric_value FLOAT, 
	experiment_id INTEGER NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	dataset_uuid VARCHAR(36), 
	dataset_name VARCHAR(500), 
	dataset_digest VARCHAR(36), 
	CONSTRAINT logged_model_metrics_pk PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id), 
	CONSTRAINT fk_logged_model_metrics_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_metrics_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE, 
	CONSTRAINT fk_logged_model_metrics_run_id FOREIGN KEY(run_id) REFERENCES runs (run_uuid) ON DELETE CASCADE
);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','accuracy',1795993506393,0,5.31707317073170759869e-01,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','ece',1795993506393,0,3.61637904375902360931e-02,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','ece_noise',1795993506393,0,2.06510659436128854449e-02,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','ece_noise_95',1795993506393,0,4.44799821369650238978e-02,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','ece_gap',1795993506393,0,1.52116894540376204614e-02,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','mce',1795993506393,0,2.43045539487319106619e-01,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','brier',1795993506393,0,2.52817631183633928504e-01,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','log_loss',1795993506393,0,6.98968746383087591311e-01,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','sharpe',1795993506393,0,2.63920402749344207293e+00,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','sharpe_se',1795993506393,0,1.97535574253576839964e+01,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','skewness',1795993506393,0,4.0015987662816781753e-03,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','kurtosis',1795993506393,0,1.74227878866213501396e+01,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','sortino',1795993506393,0,3.76387413497603073864e+00,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','max_drawdown',1795993506393,0,8.90257125308047125855e-03,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','total_return',1795993506393,0,8.54352723142159931057e-04,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','turnover',1795993506393,0,2.80623608017817383064e-01,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','n_predictions',1795993506393,0,615.0,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','n_bars',1795993506393,0,1347.0,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','n_traded',1795993506393,0,264.0,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','hits',1795993506393,0,327.0,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','coverage',1795993506393,0,4.56570155902004448655e-01,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','unchanged_share',1795993506393,0,0.0,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','walk_accuracy',1795993506393,0,5.23486108710680908551e-01,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7','walk_sharpe',1795993506393,0,3.36391441916473965534e-01,1,'9681e3ccbe344e469a60ef211792469d',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','accuracy',1795993596507,0,5.29274004683840781915e-01,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','ece',1795993596507,0,1.00104022866247359402e-02,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','ece_noise',1795993596507,0,1.32830364150819859453e-02,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','ece_noise_95',1795993596507,0,2.90216039584962615105e-02,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','ece_gap',1795993596507,0,1.00104022866243629746e-02,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','mce',1795993596507,0,6.99481905486908916991e-02,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','brier',1795993596507,0,2.49408906526489698718e-01,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','log_loss',1795993596507,0,6.91980440602699586882e-01,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','sharpe',1795993596507,0,2.52073039226795216896e+01,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','sharpe_se',1795993596507,0,1.3513338370609430328e+01,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','skewness',1795993596507,0,1.91163136871962038298e+01,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','kurtosis',1795993596507,0,4.95161466515533334143e+02,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','sortino',1795993596507,0,8.2713909831359529786e+01,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','max_drawdown',1795993596507,0,2.68209660543639039076e-04,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','total_return',1795993596507,0,1.23951812222267143681e-03,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','turnover',1795993596507,0,5.55555555555555576757e-03,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','n_predictions',1795993596507,0,1281.0,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','n_bars',1795993596507,0,2880.0,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','n_traded',1795993596507,0,8.0,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','hits',1795993596507,0,678.0,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','coverage',1795993596507,0,4.44791666666666640761e-01,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474','unchanged_share',1795993596507,0,0.0,1,'c85616e59ed64adba9d5abcde12865c7',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','ece',1795993620257,0,1.21096155973020397356e-01,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','sharpe',1795993620257,0,1.69060717919280243393e+01,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','accuracy',1795993620257,0,5.06692160611854736096e-01,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','ece_noise',1795993620257,0,2.1406940982331808948e-02,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','ece_noise_95',1795993620257,0,4.68350740580322430495e-02,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','ece_gap',1795993620257,0,1.21096155973021632479e-01,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','mce',1795993620257,0,1.24040574570040848523e-01,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','brier',1795993620257,0,2.6510109962973549269e-01,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','log_loss',1795993620257,0,7.24502358928002188065e-01,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','sharpe_se',1795993620257,0,2.63187842173006529837e+01,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','skewness',1795993620257,0,5.29140302931804806796e-01,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','kurtosis',1795993620257,0,8.16475121666778136386e+00,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','sortino',1795993620257,0,2.50838234684155096947e+01,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','max_drawdown',1795993620257,0,1.22656205462559064756e-02,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','total_return',1795993620257,0,8.13541648220250657175e-03,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','turnover',1795993620257,0,8.82740447957839208248e-02,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','n_predictions',1795993620257,0,523.0,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','n_bars',1795993620257,0,759.0,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','n_traded',1795993620257,0,523.0,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','hits',1795993620257,0,265.0,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','coverage',1795993620257,0,0.689064558629776,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','unchanged_share',1795993620257,0,0.0,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','bars',1795993620257,0,759.0,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-60587f91029744babe5539577bd9c645','win_rate',1795993620257,0,5.06692160611854736096e-01,1,'534b2d70ee734ac49099773ad2401d45',NULL,NULL,NULL);
CREATE TABLE logged_model_params (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	param_key VARCHAR(255) NOT NULL, 
	param_value TEXT NOT NULL, 
	CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key), 
	CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'feature.fast_window','6');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'feature.slow_window','25');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'feature.rsi_window','17');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'model.flat_threshold','0.5249142625825081');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'model.rsi_oversold','27');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'model.rsi_overbought','74');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'pattern.boost_threshold','0.5625676499307497');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'pattern.penalty_threshold','0.43515838054942');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'pattern.max_boost','0.04884770774171914');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'pattern.max_penalty','0.04651421336576161');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'ml.n_estimators','157');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'ml.max_depth','4');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'ml.learning_rate','0.10499587198478323');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'ml.num_leaves','44');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'confidence_compressor.max_confidence','0.7442127897488039');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'confidence_filter.threshold','0.5800691800376444');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'online.learning_rate','0.0013933272836154868');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'online.min_weight','0.17651770895973723');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'online.max_weight','0.4348204371253213');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'ensemble.flat_threshold','0.573931433040368');
INSERT INTO "logged_model_params" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'ensemble.min_margin','0.07841961989943522');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'feature.fast_window','6');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'feature.slow_window','20');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'feature.rsi_window','19');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'model.flat_threshold','0.5127533664480307');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'model.rsi_oversold','26');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'model.rsi_overbought','72');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'pattern.boost_threshold','0.5973324887093973');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'pattern.penalty_threshold','0.43477469766905863');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'pattern.max_boost','0.03543865220804057');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'pattern.max_penalty','0.04929827325233999');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'ml.n_estimators','172');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'ml.max_depth','10');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'ml.learning_rate','0.03419353680635226');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'ml.num_leaves','47');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'confidence_compressor.max_confidence','0.6372061807409587');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'confidence_filter.threshold','0.5781494854148058');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'online.learning_rate','0.006630442897262174');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'online.min_weight','0.06538850377593769');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'online.max_weight','0.4008719033161376');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'ensemble.flat_threshold','0.5773595183984764');
INSERT INTO "logged_model_params" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'ensemble.min_margin','0.09945333289990514');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'feature.fast_window','6');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'feature.slow_window','29');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'feature.rsi_window','18');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'model.flat_threshold','0.5835671676682299');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'model.rsi_oversold','34');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'model.rsi_overbought','73');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'pattern.boost_threshold','0.5585673326533414');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'pattern.penalty_threshold','0.4070072787866563');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'pattern.max_boost','0.016008170207180233');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'pattern.max_penalty','0.039421155316165336');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'ml.n_estimators','139');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'ml.max_depth','5');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'ml.learning_rate','0.018788013160576416');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'ml.num_leaves','44');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'confidence_compressor.max_confidence','0.636710348236428');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'confidence_filter.threshold','0.5486013080892111');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'online.learning_rate','0.003930736532042106');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'online.min_weight','0.09125555102491256');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'online.max_weight','0.438545882598268');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'ensemble.flat_threshold','0.5171255514217942');
INSERT INTO "logged_model_params" VALUES('m-60587f91029744babe5539577bd9c645',1,'ensemble.min_margin','0.07195125014545438');
CREATE TABLE logged_model_tags (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	tag_key VARCHAR(255) NOT NULL, 
	tag_value TEXT NOT NULL, 
	CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key), 
	CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.config_sha256','580f84708906d29119ef0444919da4ffe6383735ae1e93b354afb58084858fc5');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.study_uid','c7ee1fc2544143b6bf560617761a71cd');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.study','nightly');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.trial','5');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.candles_sha256','3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.accuracy','0.5317073170731708');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.hits','327.0');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.n_predictions','615.0');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.ece','0.036163790437590236');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.ece_noise','0.020651065943612885');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.sharpe','2.639204027493442');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'titan_mlopt.sharpe_se','19.753557425357684');
INSERT INTO "logged_model_tags" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'mlflow.modelVersions','[{"name": "titan-config", "version": "1"}]');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.config_sha256','392b82c3ea2f1fa69cf6c23bf2e4ac523528b29e0f250b4e3584c0cdf6116ecf');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.study_uid','9a91e8e91cb2429bab6fd7fd69ad17a7');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.study','pareto');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.trial','1');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.candles_sha256','12ab289baa8bc18f6e880436684d310c607185e3c76fbdcf2249566e2fe8db96');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.accuracy','0.5292740046838408');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.hits','678.0');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.n_predictions','1281.0');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.ece','0.010010402286624736');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.ece_noise','0.013283036415081986');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.sharpe','25.20730392267952');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'titan_mlopt.sharpe_se','13.51333837060943');
INSERT INTO "logged_model_tags" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'mlflow.modelVersions','[{"name": "titan-config", "version": "2"}]');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.config_sha256','f2236abdd61dc36b44691290e37d418c3596b9c62aeab22f0fbc4bce890669a0');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.study_uid','adeb5f29b8204fe6a822af96d13d01b7');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.study','titan');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.trial','2');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.backtest','titan.core.backtest:run_backtest');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.accuracy','0.5066921606118547');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.hits','265.0');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.n_predictions','523.0');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.ece','0.1210961559730204');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.ece_noise','0.02140694098233181');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.sharpe','16.906071791928024');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'titan_mlopt.sharpe_se','26.318784217300653');
INSERT INTO "logged_model_tags" VALUES('m-60587f91029744babe5539577bd9c645',1,'mlflow.modelVersions','[{"name": "titan-external", "version": "1"}]');
CREATE TABLE logged_models (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	artifact_location VARCHAR(1000) NOT NULL, 
	creation_timestamp_ms BIGINT NOT NULL, 
	last_updated_timestamp_ms BIGINT NOT NULL, 
	status INTEGER NOT NULL, 
	lifecycle_stage VARCHAR(32), 
	model_type VARCHAR(500), 
	source_run_id VARCHAR(32), 
	status_message VARCHAR(1000), 
	CONSTRAINT logged_models_pk PRIMARY KEY (model_id), 
	CONSTRAINT logged_models_lifecycle_stage_check CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT fk_logged_models_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
INSERT INTO "logged_models" VALUES('m-6e1b75b6e2ab48d4b7dbb4372183c2e7',1,'trial-5','@FOLDER@/mlruns/1/models/m-6e1b75b6e2ab48d4b7dbb4372183c2e7/artifacts',1795993506407,1795993507137,2,'active',NULL,'9681e3ccbe344e469a60ef211792469d',NULL);
INSERT INTO "logged_models" VALUES('m-95a365fcc0544a0fb6fa5136ad87e474',1,'trial-1','@FOLDER@/mlruns/1/models/m-95a365fcc0544a0fb6fa5136ad87e474/artifacts',1795993596540,1795993597199,2,'active',NULL,'c85616e59ed64adba9d5abcde12865c7',NULL);
INSERT INTO "logged_models" VALUES('m-60587f91029744babe5539577bd9c645',1,'trial-2','@FOLDER@/mlruns/1/models/m-60587f91029744babe5539577bd9c645/artifacts',1795993620272,1795993620803,2,'active',NULL,'534b2d70ee734ac49099773ad2401d45',NULL);
CREATE TABLE mcp_access_endpoints (
	id VARCHAR(36) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	server_name VARCHAR(256) NOT NULL, 
	server_version VARCHAR(128), 
	server_alias VARCHAR(256), 
	url VARCHAR(2048) NOT NULL, 
	transport_type VARCHAR(32) DEFAULT 'streamable-http' NOT NULL, 
	created_by VARCHAR(256), 
	last_updated_by VARCHAR(256), 
	created_at BIGINT NOT NULL, 
	last_updated_at BIGINT NOT NULL, 
	CONSTRAINT mcp_access_endpoints_pk PRIMARY KEY (id), 
	CONSTRAINT mcp_access_endpoints_server_fkey FOREIGN KEY(workspace, server_name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE mcp_server_aliases (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	alias VARCHAR(256) NOT NULL, 
	version VARCHAR(128) NOT NULL, 
	CONSTRAINT mcp_server_aliases_pk PRIMARY KEY (workspace, name, alias), 
	CONSTRAINT mcp_server_aliases_server_fkey FOREIGN KEY(workspace, name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE mcp_server_tags (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	CONSTRAINT mcp_server_tags_pk PRIMARY KEY (workspace, name, "key"), 
	CONSTRAINT mcp_server_tags_server_fkey FOREIGN KEY(workspace, name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE mcp_server_version_tags (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	version VARCHAR(128) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	CONSTRAINT mcp_server_version_tags_pk PRIMARY KEY (workspace, name, version, "key"), 
	CONSTRAINT mcp_server_version_tags_version_fkey FOREIGN KEY(workspace, name, version) REFERENCES mcp_server_versions (workspace, name, version) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE mcp_server_versions (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	version VARCHAR(128) NOT NULL, 
	version_major INTEGER NOT NULL, 
	version_minor INTEGER NOT NULL, 
	version_patch INTEGER NOT NULL, 
	version_prerelease_sort_key VARCHAR(512) NOT NULL, 
	server_json JSON NOT NULL, 
	status VARCHAR(20) DEFAULT 'draft' NOT NULL, 
	tools JSON, 
	source VARCHAR(512), 
	connect_options JSON, 
	created_by VARCHAR(256), 
	last_updated_by VARCHAR(256), 
	created_at BIGINT NOT NULL, 
	last_updated_at BIGINT NOT NULL, 
	CONSTRAINT mcp_server_versions_pk PRIMARY KEY (workspace, name, version), 
	CONSTRAINT mcp_server_versions_server_fkey FOREIGN KEY(workspace, name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE mcp_servers (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	display_name VARCHAR(256), 
	description TEXT, 
	icons JSON, 
	created_by VARCHAR(256), 
	last_updated_by VARCHAR(256), 
	created_at BIGINT NOT NULL, 
	last_updated_at BIGINT NOT NULL, 
	CONSTRAINT mcp_servers_pk PRIMARY KEY (workspace, name)
);
CREATE TABLE "metrics" (
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT NOT NULL, 
	timestamp BIGINT NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	step BIGINT DEFAULT '0' NOT NULL, 
	is_nan BOOLEAN DEFAULT '0' NOT NULL, 
	CONSTRAINT metric_pk PRIMARY KEY ("key", timestamp, step, run_uuid, value, is_nan), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), 
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "metrics" VALUES('accuracy',5.51867219917012485908e-01,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',241,0);
INSERT INTO "metrics" VALUES('ece',0.00406244514886312,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',241,0);
INSERT INTO "metrics" VALUES('segment_accuracy',5.51867219917012485908e-01,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',1,0);
INSERT INTO "metrics" VALUES('segment_ece',0.00406244514886312,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',1,0);
INSERT INTO "metrics" VALUES('segment_predictions',241.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',1,0);
INSERT INTO "metrics" VALUES('segment_accuracy',4.95867768595041336077e-01,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',2,0);
INSERT INTO "metrics" VALUES('segment_ece',6.00180772109232523597e-03,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',2,0);
INSERT INTO "metrics" VALUES('segment_predictions',121.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',2,0);
INSERT INTO "metrics" VALUES('accuracy',5.33149171270718258419e-01,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('ece',4.71068512466341158401e-03,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('ece_noise',2.07120673809647257157e-02,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('ece_noise_95',5.16720110915142374907e-02,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('ece_gap',4.7106851246633890326e-03,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('mce',4.71068512466341158401e-03,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('brier',2.4839120133208483776e-01,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('log_loss',6.89933189177383443535e-01,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('max_drawdown',0.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('total_return',0.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('turnover',0.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('n_predictions',362.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('n_bars',1347.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('n_traded',0.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('hits',193.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('coverage',2.68745360059391258378e-01,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('walk_accuracy',0.509867631425534,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('walk_sharpe',0.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('duration_seconds',8.65569659999891882762e-02,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('objective_value',0.509867631425534,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('ece_violated',0.0,1795993505023,'67f9ad390d0c455b91c1e5bb8df5f4a2',362,0);
INSERT INTO "metrics" VALUES('best_objective_value',0.509867631425534,1795993505023,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.33149171270718258419e-01,1795993505023,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('best_ece',4.71068512466341158401e-03,1795993505023,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('accuracy',5.40145985401459860497e-01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',274,0);
INSERT INTO "metrics" VALUES('ece',5.98998341870974129741e-04,1795993505238,'69e0de2c35c647f6938a87dfba2db592',274,0);
INSERT INTO "metrics" VALUES('sharpe',3.78291668284138395952e+01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',274,0);
INSERT INTO "metrics" VALUES('segment_accuracy',5.40145985401459860497e-01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',1,0);
INSERT INTO "metrics" VALUES('segment_ece',5.98998341870974129741e-04,1795993505238,'69e0de2c35c647f6938a87dfba2db592',1,0);
INSERT INTO "metrics" VALUES('segment_sharpe',3.78291668284138395952e+01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',1,0);
INSERT INTO "metrics" VALUES('segment_predictions',274.0,1795993505238,'69e0de2c35c647f6938a87dfba2db592',1,0);
INSERT INTO "metrics" VALUES('segment_accuracy',5.16431924882629123096e-01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',2,0);
INSERT INTO "metrics" VALUES('segment_ece',6.90672412538917879394e-04,1795993505238,'69e0de2c35c647f6938a87dfba2db592',2,0);
INSERT INTO "metrics" VALUES('segment_predictions',213.0,1795993505238,'69e0de2c35c647f6938a87dfba2db592',2,0);
INSERT INTO "metrics" VALUES('accuracy',5.29774127310061571094e-01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('ece',3.49328989770324e-05,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('ece_noise',1.7722695462055237936e-02,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.51396050887026417663e-02,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('ece_gap',3.49328989772649270645e-05,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('mce',3.49328989770324e-05,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('brier',2.49110147823096650387e-01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('log_loss',6.91366664090739213577e-01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('sharpe',26.7509028679508,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('sharpe_se',1.97602144918711672971e+01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('skewness',2.89453577373180124263e+01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('kurtosis',877.982631416341,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('max_drawdown',0.0,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('total_return',4.99701114083039854563e-04,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('turnover',2.9695619896065329063e-03,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('n_predictions',487.0,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('n_bars',1347.0,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('n_traded',2.0,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('hits',258.0,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('coverage',3.61544172234595395654e-01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('walk_accuracy',5.2236044001233672418e-01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('walk_sharpe',9.45729170710346,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('duration_seconds',1.07877083999994738405e-01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('objective_value',5.2236044001233672418e-01,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('ece_violated',0.0,1795993505238,'69e0de2c35c647f6938a87dfba2db592',487,0);
INSERT INTO "metrics" VALUES('best_objective_value',5.2236044001233672418e-01,1795993505238,'9681e3ccbe344e469a60ef211792469d',1,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.29774127310061571094e-01,1795993505238,'9681e3ccbe344e469a60ef211792469d',1,0);
INSERT INTO "metrics" VALUES('best_ece',3.49328989770324e-05,1795993505238,'9681e3ccbe344e469a60ef211792469d',1,0);
INSERT INTO "metrics" VALUES('best_sharpe',26.7509028679508,1795993505238,'9681e3ccbe344e469a60ef211792469d',1,0);
INSERT INTO "metrics" VALUES('accuracy',5.23346303501945553371e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',514,0);
INSERT INTO "metrics" VALUES('ece',1.00728861215161179937e-02,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',514,0);
INSERT INTO "metrics" VALUES('sharpe',4.17724881583355411862e+00,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',514,0);
INSERT INTO "metrics" VALUES('segment_accuracy',5.23346303501945553371e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',1,0);
INSERT INTO "metrics" VALUES('segment_ece',1.00728861215161179937e-02,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',1,0);
INSERT INTO "metrics" VALUES('segment_sharpe',4.17724881583355411862e+00,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',1,0);
INSERT INTO "metrics" VALUES('segment_predictions',514.0,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',1,0);
INSERT INTO "metrics" VALUES('segment_accuracy',5.10392609699769073117e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',2,0);
INSERT INTO "metrics" VALUES('segment_ece',5.93198121472421086713e-03,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',2,0);
INSERT INTO "metrics" VALUES('segment_sharpe',-1.51948587395513339264e+01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',2,0);
INSERT INTO "metrics" VALUES('segment_predictions',433.0,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',2,0);
INSERT INTO "metrics" VALUES('accuracy',5.17423442449841619605e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('ece',8.17952622221216653353e-03,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('ece_noise',1.5275987784864223512e-02,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('ece_noise_95',3.40942265808205288712e-02,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('ece_gap',8.17952622221192714169e-03,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('mce',8.67800673184821735883e-02,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('brier',2.51221385114890227718e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('log_loss',6.95620017371600729561e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('sharpe',-5.76079895385017071163e+00,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('sharpe_se',1.9753803791130472689e+01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('skewness',-4.62962904372132666441e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('kurtosis',8.92063011960130225475e+00,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('sortino',-7.80753851829633571668e+00,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('max_drawdown',9.78525412024133789401e-03,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('total_return',-3.0015394357559843641e-03,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('turnover',3.54120267260579046908e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('n_predictions',947.0,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('n_bars',1347.0,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('n_traded',558.0,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('hits',490.0,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('coverage',7.03043801039346716308e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('walk_accuracy',5.13631033150313220936e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('walk_sharpe',-1.03518318507051105821e+01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('duration_seconds',1.026361959999917417e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('objective_value',5.13631033150313220936e-01,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('ece_violated',0.0,1795993505426,'83b74370fde34ba0a08a6cae8c21338c',947,0);
INSERT INTO "metrics" VALUES('accuracy',5.42406311637080862375e-01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',507,0);
INSERT INTO "metrics" VALUES('ece',1.13899761673231444958e-02,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',507,0);
INSERT INTO "metrics" VALUES('sharpe',3.27097019203860739366e+01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',507,0);
INSERT INTO "metrics" VALUES('segment_accuracy',5.42406311637080862375e-01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1,0);
INSERT INTO "metrics" VALUES('segment_ece',1.13899761673231444958e-02,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1,0);
INSERT INTO "metrics" VALUES('segment_sharpe',3.27097019203860739366e+01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1,0);
INSERT INTO "metrics" VALUES('segment_predictions',507.0,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1,0);
INSERT INTO "metrics" VALUES('segment_accuracy',4.82558139534883745458e-01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',2,0);
INSERT INTO "metrics" VALUES('segment_ece',4.74693316557983427395e-02,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',2,0);
INSERT INTO "metrics" VALUES('segment_sharpe',-2.21320805437646797022e+01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',2,0);
INSERT INTO "metrics" VALUES('segment_predictions',516.0,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',2,0);
INSERT INTO "metrics" VALUES('accuracy',0.512218963831867,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('ece',2.12206602993838325255e-02,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('ece_noise',1.52210303548686899655e-02,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('ece_noise_95',3.29508655779762044124e-02,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('ece_gap',2.12206602993841482451e-02,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('mce',6.5022535275771217722e-02,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('brier',2.5189093228459469298e-01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('log_loss',6.9699657323122687913e-01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('sharpe',3.07024176332597953376e+00,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('sharpe_se',1.97535805479267949635e+01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('skewness',-2.10561476318114976225e-01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('kurtosis',5.54400807515870663877e+00,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('sortino',4.26867888667904438193e+00,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.43839660034840166602e-02,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('total_return',1.93417683537022710993e-03,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('turnover',6.32516703786191514247e-01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('n_predictions',1023.0,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('n_bars',1347.0,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('n_traded',886.0,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('hits',524.0,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('coverage',7.59465478841870877957e-01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('walk_accuracy',4.97520182560433066321e-01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('walk_sharpe',-8.42163492772699129318e+00,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('duration_seconds',8.53904769999758173071e-02,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('objective_value',4.97520182560433066321e-01,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('ece_violated',0.0,1795993505564,'e43ff9963f2b4844bb50fdc1876b45cc',1023,0);
INSERT INTO "metrics" VALUES('accuracy',5.59164733178654338452e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',431,0);
INSERT INTO "metrics" VALUES('ece',3.49570265587412637442e-02,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',431,0);
INSERT INTO "metrics" VALUES('sharpe',3.10895695292229738986e+01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',431,0);
INSERT INTO "metrics" VALUES('segment_accuracy',5.59164733178654338452e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',1,0);
INSERT INTO "metrics" VALUES('segment_ece',3.49570265587412637442e-02,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',1,0);
INSERT INTO "metrics" VALUES('segment_sharpe',3.10895695292229738986e+01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',1,0);
INSERT INTO "metrics" VALUES('segment_predictions',431.0,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',1,0);
INSERT INTO "metrics" VALUES('segment_accuracy',4.81586402266288959861e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',2,0);
INSERT INTO "metrics" VALUES('segment_ece',3.44707564401703150935e-02,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',2,0);
INSERT INTO "metrics" VALUES('segment_sharpe',-3.53343768679810636972e+01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',2,0);
INSERT INTO "metrics" VALUES('segment_predictions',353.0,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',2,0);
INSERT INTO "metrics" VALUES('accuracy',5.24234693877551061191e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('ece',4.79911032807681364048e-03,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('ece_noise',1.54084010349330342848e-02,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('ece_noise_95',3.55845681421397136423e-02,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('ece_gap',-3.69681304009874135002e-03,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('mce',1.08025134221836016656e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('brier',2.49522987988176681017e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('log_loss',6.92198613219747072022e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('sharpe',-2.34943357859099455353e+00,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('sharpe_se',1.97535438433712364769e+01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('skewness',-4.34808409815361285311e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('kurtosis',7.57150945757546356418e+00,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('sortino',-3.18255568475145533824e+00,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.40914187555968295484e-02,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('total_return',-1.38356639714487528181e-03,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('turnover',4.87750556792873046774e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('n_predictions',784.0,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('n_bars',1347.0,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('n_traded',676.0,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('hits',411.0,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('coverage',5.82034149962880498208e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('walk_accuracy',5.00980984994380262875e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('walk_sharpe',-1.87283902686800516335e+01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('duration_seconds',7.29884560000186866091e-02,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('objective_value',5.00980984994380262875e-01,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('ece_violated',0.0,1795993505707,'be48d922a11e45eeb2072adc4e720eb1',784,0);
INSERT INTO "metrics" VALUES('accuracy',5.42613636363636353543e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',352,0);
INSERT INTO "metrics" VALUES('ece',2.32088331803978441258e-02,1795993505919,'082c6a88efe8480e9cf8341120817c21',352,0);
INSERT INTO "metrics" VALUES('sharpe',-3.31760277461640784579e+00,1795993505919,'082c6a88efe8480e9cf8341120817c21',352,0);
INSERT INTO "metrics" VALUES('segment_accuracy',5.42613636363636353543e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',1,0);
INSERT INTO "metrics" VALUES('segment_ece',2.32088331803978441258e-02,1795993505919,'082c6a88efe8480e9cf8341120817c21',1,0);
INSERT INTO "metrics" VALUES('segment_sharpe',-3.31760277461640784579e+00,1795993505919,'082c6a88efe8480e9cf8341120817c21',1,0);
INSERT INTO "metrics" VALUES('segment_predictions',352.0,1795993505919,'082c6a88efe8480e9cf8341120817c21',1,0);
INSERT INTO "metrics" VALUES('segment_accuracy',5.17110266159695797227e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',2,0);
INSERT INTO "metrics" VALUES('segment_ece',5.35027446373315188066e-02,1795993505919,'082c6a88efe8480e9cf8341120817c21',2,0);
INSERT INTO "metrics" VALUES('segment_sharpe',1.12983740915151198436e+01,1795993505919,'082c6a88efe8480e9cf8341120817c21',2,0);
INSERT INTO "metrics" VALUES('segment_predictions',263.0,1795993505919,'082c6a88efe8480e9cf8341120817c21',2,0);
INSERT INTO "metrics" VALUES('accuracy',5.31707317073170759869e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('ece',3.61637904375902360931e-02,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('ece_noise',2.06510659436128854449e-02,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.44799821369650238978e-02,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('ece_gap',1.52116894540376204614e-02,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('mce',2.43045539487319106619e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('brier',2.52817631183633928504e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('log_loss',6.98968746383087591311e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('sharpe',2.63920402749344207293e+00,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('sharpe_se',1.97535574253576839964e+01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('skewness',4.0015987662816781753e-03,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('kurtosis',1.74227878866213501396e+01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('sortino',3.76387413497603073864e+00,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('max_drawdown',8.90257125308047125855e-03,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('total_return',8.54352723142159931057e-04,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('turnover',2.80623608017817383064e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('n_predictions',615.0,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('n_bars',1347.0,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('n_traded',264.0,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('hits',327.0,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('coverage',4.56570155902004448655e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('walk_accuracy',5.23486108710680908551e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('walk_sharpe',3.36391441916473965534e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('duration_seconds',1.39197808999995231715e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('objective_value',5.23486108710680908551e-01,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('ece_violated',0.0,1795993505919,'082c6a88efe8480e9cf8341120817c21',615,0);
INSERT INTO "metrics" VALUES('best_objective_value',5.23486108710680908551e-01,1795993505919,'9681e3ccbe344e469a60ef211792469d',5,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.31707317073170759869e-01,1795993505919,'9681e3ccbe344e469a60ef211792469d',5,0);
INSERT INTO "metrics" VALUES('best_ece',3.61637904375902360931e-02,1795993505919,'9681e3ccbe344e469a60ef211792469d',5,0);
INSERT INTO "metrics" VALUES('best_sharpe',2.63920402749344207293e+00,1795993505919,'9681e3ccbe344e469a60ef211792469d',5,0);
INSERT INTO "metrics" VALUES('segment_accuracy',5.21212121212121237689e-01,1795993506123,'43096db5ef74448da9694cc43aa94755',1,0);
INSERT INTO "metrics" VALUES('segment_ece',1.42388824621727493047e-02,1795993506123,'43096db5ef74448da9694cc43aa94755',1,0);
INSERT INTO "metrics" VALUES('segment_sharpe',-2.68467848314287032e+01,1795993506123,'43096db5ef74448da9694cc43aa94755',1,0);
INSERT INTO "metrics" VALUES('segment_predictions',495.0,1795993506123,'43096db5ef74448da9694cc43aa94755',1,0);
INSERT INTO "metrics" VALUES('accuracy',5.21212121212121237689e-01,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('ece',1.42388824621727493047e-02,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('ece_noise',2.00067479517095879459e-02,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.64170243959153711044e-02,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('ece_gap',1.42388824621724630753e-02,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('mce',1.44474535346995908852e-02,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('brier',2.51305629143092901234e-01,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('log_loss',6.95783916735426610777e-01,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('sharpe',-2.68467848314287032e+01,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.79348642266056295118e+01,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('skewness',-2.94758405685184410316e-01,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('kurtosis',6.02168216059483274449e+00,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('sortino',-3.58802588475165862291e+01,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.07747862726024212776e-02,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('total_return',-7.05413925189435353502e-03,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('turnover',4.76261127596439182152e-01,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('n_predictions',495.0,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('n_bars',674.0,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('n_traded',342.0,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('hits',258.0,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('coverage',7.34421364985163194205e-01,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('walk_accuracy',5.21212121212121237689e-01,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('walk_sharpe',-2.68467848314287032e+01,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('duration_seconds',9.50004580000154419394e-02,1795993506123,'43096db5ef74448da9694cc43aa94755',495,0);
INSERT INTO "metrics" VALUES('segment_accuracy',5.35641547861507083538e-01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',1,0);
INSERT INTO "metrics" VALUES('segment_ece',8.39639393920474721988e-03,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',1,0);
INSERT INTO "metrics" VALUES('segment_sharpe',2.34525403030185657375e+01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',1,0);
INSERT INTO "metrics" VALUES('segment_predictions',491.0,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',1,0);
INSERT INTO "metrics" VALUES('accuracy',5.35641547861507083538e-01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('ece',8.39639393920474721988e-03,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('ece_noise',1.94533507107486104692e-02,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.5408778999839416457e-02,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('ece_gap',-3.47105806736966665884e-03,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('mce',6.04584978267670880569e-01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('brier',2.49878353617827925203e-01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('log_loss',6.92934375221050502524e-01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('sharpe',2.34525403030185657375e+01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.7932597200847009589e+01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('skewness',7.48707212060790272545e-01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('kurtosis',3.42088746593491066505e+01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('sortino',3.61351596234590601844e+01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('max_drawdown',2.46042839096438648027e-03,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('total_return',2.77171455072888761606e-03,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('turnover',1.89910979228486653802e-01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('n_predictions',491.0,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('n_bars',674.0,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('n_traded',68.0,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('hits',263.0,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('coverage',0.728486646884273,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('walk_accuracy',5.35641547861507083538e-01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('walk_sharpe',2.34525403030185657375e+01,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('duration_seconds',6.03837049999924602161e-02,1795993506247,'724ffe8ea4d24094a42bd7a12089d857',491,0);
INSERT INTO "metrics" VALUES('accuracy',5.31707317073170759869e-01,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('ece',3.61637904375902360931e-02,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('ece_noise',2.06510659436128854449e-02,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.44799821369650238978e-02,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('ece_gap',1.52116894540376204614e-02,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('mce',2.43045539487319106619e-01,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('brier',2.52817631183633928504e-01,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('log_loss',6.98968746383087591311e-01,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('sharpe',2.63920402749344207293e+00,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('sharpe_se',1.97535574253576839964e+01,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('skewness',4.0015987662816781753e-03,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('kurtosis',1.74227878866213501396e+01,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('sortino',3.76387413497603073864e+00,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('max_drawdown',8.90257125308047125855e-03,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('total_return',8.54352723142159931057e-04,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('turnover',2.80623608017817383064e-01,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('n_predictions',615.0,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('n_bars',1347.0,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('n_traded',264.0,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('hits',327.0,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('coverage',4.56570155902004448655e-01,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('walk_accuracy',5.23486108710680908551e-01,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('walk_sharpe',3.36391441916473965534e-01,1795993506393,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('total_trials',8.0,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('completed_trials',6.0,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('pruned_trials',2.0,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('failed_trials',0.0,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('ece_violations',0.0,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('ece_violations_beyond_noise',0.0,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_majority_accuracy',5.18930957683741644892e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_majority_n_predictions',1347.0,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_majority_sharpe',1.82308536760864825509e+01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_majority_walk_accuracy',5.12804176348428786269e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_majority_walk_sharpe',1.1872603983951819373e+01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_persistence_accuracy',4.77357089829250180734e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_persistence_n_predictions',1347.0,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_persistence_sharpe',-1.43652417307383775124e+01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_persistence_walk_accuracy',4.71958346744502876823e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_persistence_walk_sharpe',-1.50993655906016321921e+01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_accuracy',5.22642910170749819265e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_n_predictions',1347.0,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_sharpe',1.43652417307383775124e+01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_walk_accuracy',5.1726017521968592483e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_walk_sharpe',1.37888929439487846191e+01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_default_accuracy',0.516162669447341,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_default_n_predictions',959.0,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_default_ece',1.42024009936495432954e-02,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_default_sharpe',2.10730165369207576029e+01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_default_walk_accuracy',4.99433521424792858933e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('baseline_default_walk_sharpe',8.75319391843152416754e+00,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('independent_trials',6.55701940169648445078e+00,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('effective_predictions',615.0,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('psr',5.53122645030133419652e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('dsr',2.29943408572900909181e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('min_track_record_bars',2.04165976300472771978e+05,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('min_backtest_years',2.61836476099179094045e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('pbo',8.24242424242424220892e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('pbo_below_baseline',2.50893550893550920655e-01,1795993516284,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('best_objective_value',0.509867631425534,1795993505042,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.33149171270718258419e-01,1795993505042,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('best_ece',4.71068512466341158401e-03,1795993505042,'9681e3ccbe344e469a60ef211792469d',0,0);
INSERT INTO "metrics" VALUES('best_objective_value',5.2236044001233672418e-01,1795993505252,'9681e3ccbe344e469a60ef211792469d',1,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.29774127310061571094e-01,1795993505252,'9681e3ccbe344e469a60ef211792469d',1,0);
INSERT INTO "metrics" VALUES('best_ece',3.49328989770324e-05,1795993505252,'9681e3ccbe344e469a60ef211792469d',1,0);
INSERT INTO "metrics" VALUES('best_sharpe',26.7509028679508,1795993505252,'9681e3ccbe344e469a60ef211792469d',1,0);
INSERT INTO "metrics" VALUES('best_objective_value',5.23486108710680908551e-01,1795993505933,'9681e3ccbe344e469a60ef211792469d',5,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.31707317073170759869e-01,1795993505933,'9681e3ccbe344e469a60ef211792469d',5,0);
INSERT INTO "metrics" VALUES('best_ece',3.61637904375902360931e-02,1795993505933,'9681e3ccbe344e469a60ef211792469d',5,0);
INSERT INTO "metrics" VALUES('best_sharpe',2.63920402749344207293e+00,1795993505933,'9681e3ccbe344e469a60ef211792469d',5,0);
INSERT INTO "metrics" VALUES('best_objective_value',5.23486108710680908551e-01,1795993506249,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.31707317073170759869e-01,1795993506249,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('best_ece',3.61637904375902360931e-02,1795993506249,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('best_sharpe',2.63920402749344207293e+00,1795993506249,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_openings',1.0,1795993537447,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_accuracy',5.2714932126696834036e-01,1795993537447,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_difference',4.52488687782803822301e-03,1795993537447,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_openings',1.0,1795993556671,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('placebo_p',1.0,1795993556671,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('placebo_studies',2.0,1795993556671,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_accuracy',5.2714932126696834036e-01,1795993556671,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_difference',4.52488687782803822301e-03,1795993556671,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_openings',1.0,1795993574127,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('placebo_p',1.0,1795993574127,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('placebo_studies',2.0,1795993574127,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_accuracy',5.2714932126696834036e-01,1795993574127,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_difference',4.52488687782803822301e-03,1795993574127,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('accuracy',5.66666666666666651863e-01,1795993593727,'fcef9285cb404a8b996c980d060ccad6',180,0);
INSERT INTO "metrics" VALUES('ece',4.16132252176802386323e-02,1795993593727,'fcef9285cb404a8b996c980d060ccad6',180,0);
INSERT INTO "metrics" VALUES('accuracy',5.52777777777777812318e-01,1795993593835,'fcef9285cb404a8b996c980d060ccad6',360,0);
INSERT INTO "metrics" VALUES('ece',9.55839353489619687753e-03,1795993593835,'fcef9285cb404a8b996c980d060ccad6',360,0);
INSERT INTO "metrics" VALUES('accuracy',5.33333333333333325931e-01,1795993593952,'fcef9285cb404a8b996c980d060ccad6',540,0);
INSERT INTO "metrics" VALUES('ece',1.64567560136969805173e-02,1795993593952,'fcef9285cb404a8b996c980d060ccad6',540,0);
INSERT INTO "metrics" VALUES('accuracy',5.19444444444444486386e-01,1795993594089,'fcef9285cb404a8b996c980d060ccad6',720,0);
INSERT INTO "metrics" VALUES('ece',2.46273606605594448659e-02,1795993594089,'fcef9285cb404a8b996c980d060ccad6',720,0);
INSERT INTO "metrics" VALUES('accuracy',5.22222222222222254295e-01,1795993594219,'fcef9285cb404a8b996c980d060ccad6',900,0);
INSERT INTO "metrics" VALUES('ece',1.76972574795811847525e-02,1795993594219,'fcef9285cb404a8b996c980d060ccad6',900,0);
INSERT INTO "metrics" VALUES('accuracy',5.29162248144220526135e-01,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('ece',1.00532404071055122413e-02,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('ece_noise',1.42516729876649827363e-02,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('ece_noise_95',3.27161746002081754713e-02,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('ece_gap',1.005324040710602225e-02,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('mce',2.77629862658067549929e-01,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('brier',2.50194358692900853391e-01,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('log_loss',6.93565118018578452563e-01,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('max_drawdown',0.0,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('total_return',0.0,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('turnover',0.0,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('n_predictions',943.0,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('n_bars',2880.0,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('n_traded',0.0,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('hits',499.0,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('coverage',3.27430555555555558022e-01,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('duration_seconds',2.96274213000003783236e-01,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('objective_value',2.23619495906138521235e+00,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('ece_violated',0.0,1795993594219,'fcef9285cb404a8b996c980d060ccad6',943,0);
INSERT INTO "metrics" VALUES('accuracy',5.72222222222222187681e-01,1795993594396,'c42896b365c34f0581fc0f804e440c28',180,0);
INSERT INTO "metrics" VALUES('ece',2.34626016437929768576e-02,1795993594396,'c42896b365c34f0581fc0f804e440c28',180,0);
INSERT INTO "metrics" VALUES('sharpe',2.71213265062826565095e+01,1795993594396,'c42896b365c34f0581fc0f804e440c28',180,0);
INSERT INTO "metrics" VALUES('accuracy',5.47222222222222276499e-01,1795993594470,'c42896b365c34f0581fc0f804e440c28',360,0);
INSERT INTO "metrics" VALUES('ece',1.34920589374491195489e-02,1795993594470,'c42896b365c34f0581fc0f804e440c28',360,0);
INSERT INTO "metrics" VALUES('sharpe',1.79101998830972277687e+01,1795993594470,'c42896b365c34f0581fc0f804e440c28',360,0);
INSERT INTO "metrics" VALUES('accuracy',5.3888888888888886175e-01,1795993594547,'c42896b365c34f0581fc0f804e440c28',540,0);
INSERT INTO "metrics" VALUES('ece',1.44773777426341031249e-02,1795993594547,'c42896b365c34f0581fc0f804e440c28',540,0);
INSERT INTO "metrics" VALUES('sharpe',2.87204533271809765437e+01,1795993594547,'c42896b365c34f0581fc0f804e440c28',540,0);
INSERT INTO "metrics" VALUES('accuracy',5.22222222222222254295e-01,1795993594628,'c42896b365c34f0581fc0f804e440c28',720,0);
INSERT INTO "metrics" VALUES('ece',2.60828743078607705463e-02,1795993594628,'c42896b365c34f0581fc0f804e440c28',720,0);
INSERT INTO "metrics" VALUES('sharpe',2.43788683454946095716e+01,1795993594628,'c42896b365c34f0581fc0f804e440c28',720,0);
INSERT INTO "metrics" VALUES('accuracy',5.27777777777777790113e-01,1795993594707,'c42896b365c34f0581fc0f804e440c28',900,0);
INSERT INTO "metrics" VALUES('ece',1.59120434267020043062e-02,1795993594707,'c42896b365c34f0581fc0f804e440c28',900,0);
INSERT INTO "metrics" VALUES('sharpe',2.58614204944848324885e+01,1795993594707,'c42896b365c34f0581fc0f804e440c28',900,0);
INSERT INTO "metrics" VALUES('accuracy',5.30555555555555558022e-01,1795993594780,'c42896b365c34f0581fc0f804e440c28',1080,0);
INSERT INTO "metrics" VALUES('ece',1.11622073513320159421e-02,1795993594780,'c42896b365c34f0581fc0f804e440c28',1080,0);
INSERT INTO "metrics" VALUES('sharpe',2.36452471905050600744e+01,1795993594780,'c42896b365c34f0581fc0f804e440c28',1080,0);
INSERT INTO "metrics" VALUES('accuracy',5.27777777777777790113e-01,1795993594829,'c42896b365c34f0581fc0f804e440c28',1260,0);
INSERT INTO "metrics" VALUES('ece',1.16439812649303912894e-02,1795993594829,'c42896b365c34f0581fc0f804e440c28',1260,0);
INSERT INTO "metrics" VALUES('sharpe',2.53441922133163721753e+01,1795993594829,'c42896b365c34f0581fc0f804e440c28',1260,0);
INSERT INTO "metrics" VALUES('accuracy',5.29274004683840781915e-01,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('ece',1.00104022866247359402e-02,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('ece_noise',1.32830364150819859453e-02,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('ece_noise_95',2.90216039584962615105e-02,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('ece_gap',1.00104022866243629746e-02,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('mce',6.99481905486908916991e-02,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('brier',2.49408906526489698718e-01,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('log_loss',6.91980440602699586882e-01,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('sharpe',2.52073039226795216896e+01,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('sharpe_se',1.3513338370609430328e+01,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('skewness',1.91163136871962038298e+01,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('kurtosis',4.95161466515533334143e+02,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('sortino',8.2713909831359529786e+01,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('max_drawdown',2.68209660543639039076e-04,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('total_return',1.23951812222267143681e-03,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('turnover',5.55555555555555576757e-03,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('n_predictions',1281.0,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('n_bars',2880.0,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('n_traded',8.0,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('hits',678.0,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('coverage',4.44791666666666640761e-01,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('duration_seconds',3.06336050000027171336e-01,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('objective_value',2.81608612429615279282e+00,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('ece_violated',0.0,1795993594829,'c42896b365c34f0581fc0f804e440c28',1281,0);
INSERT INTO "metrics" VALUES('accuracy',4.83333333333333337034e-01,1795993594899,'b0c3b602f6554bd8a5573e43ef55bdc8',180,0);
INSERT INTO "metrics" VALUES('ece',6.55064504915051776245e-02,1795993594899,'b0c3b602f6554bd8a5573e43ef55bdc8',180,0);
INSERT INTO "metrics" VALUES('sharpe',-2.16668251341580422311e+01,1795993594899,'b0c3b602f6554bd8a5573e43ef55bdc8',180,0);
INSERT INTO "metrics" VALUES('accuracy',4.86111111111111104943e-01,1795993594937,'b0c3b602f6554bd8a5573e43ef55bdc8',360,0);
INSERT INTO "metrics" VALUES('ece',5.03662726763695819953e-02,1795993594937,'b0c3b602f6554bd8a5573e43ef55bdc8',360,0);
INSERT INTO "metrics" VALUES('sharpe',-1.82628902635665859577e+01,1795993594937,'b0c3b602f6554bd8a5573e43ef55bdc8',360,0);
INSERT INTO "metrics" VALUES('accuracy',5.16666666666666718477e-01,1795993594974,'b0c3b602f6554bd8a5573e43ef55bdc8',540,0);
INSERT INTO "metrics" VALUES('ece',1.90836302377516246753e-02,1795993594974,'b0c3b602f6554bd8a5573e43ef55bdc8',540,0);
INSERT INTO "metrics" VALUES('sharpe',-1.77157543342016765564e+01,1795993594974,'b0c3b602f6554bd8a5573e43ef55bdc8',540,0);
INSERT INTO "metrics" VALUES('accuracy',5.08333333333333303727e-01,1795993595008,'b0c3b602f6554bd8a5573e43ef55bdc8',720,0);
INSERT INTO "metrics" VALUES('ece',2.54388846519290265368e-02,1795993595008,'b0c3b602f6554bd8a5573e43ef55bdc8',720,0);
INSERT INTO "metrics" VALUES('sharpe',-2.10539277745927400076e+01,1795993595008,'b0c3b602f6554bd8a5573e43ef55bdc8',720,0);
INSERT INTO "metrics" VALUES('accuracy',5.13333333333333308168e-01,1795993595044,'b0c3b602f6554bd8a5573e43ef55bdc8',900,0);
INSERT INTO "metrics" VALUES('ece',2.07566589058999703687e-02,1795993595044,'b0c3b602f6554bd8a5573e43ef55bdc8',900,0);
INSERT INTO "metrics" VALUES('sharpe',-1.40951616947650055773e+01,1795993595044,'b0c3b602f6554bd8a5573e43ef55bdc8',900,0);
INSERT INTO "metrics" VALUES('accuracy',0.512962962962963,1795993595076,'b0c3b602f6554bd8a5573e43ef55bdc8',1080,0);
INSERT INTO "metrics" VALUES('ece',2.09204071727483488507e-02,1795993595076,'b0c3b602f6554bd8a5573e43ef55bdc8',1080,0);
INSERT INTO "metrics" VALUES('sharpe',-1.19186270690027491521e+01,1795993595076,'b0c3b602f6554bd8a5573e43ef55bdc8',1080,0);
INSERT INTO "metrics" VALUES('accuracy',0.515079365079365,1795993595108,'b0c3b602f6554bd8a5573e43ef55bdc8',1260,0);
INSERT INTO "metrics" VALUES('ece',1.75715571369719700256e-02,1795993595108,'b0c3b602f6554bd8a5573e43ef55bdc8',1260,0);
INSERT INTO "metrics" VALUES('sharpe',-9.58668787647867226553e+00,1795993595108,'b0c3b602f6554bd8a5573e43ef55bdc8',1260,0);
INSERT INTO "metrics" VALUES('accuracy',0.5125,1795993595145,'b0c3b602f6554bd8a5573e43ef55bdc8',1440,0);
INSERT INTO "metrics" VALUES('ece',1.92662157181240530079e-02,1795993595145,'b0c3b602f6554bd8a5573e43ef55bdc8',1440,0);
INSERT INTO "metrics" VALUES('sharpe',-7.9699923599912256833e+00,1795993595145,'b0c3b602f6554bd8a5573e43ef55bdc8',1440,0);
INSERT INTO "metrics" VALUES('accuracy',0.512962962962963,1795993595184,'b0c3b602f6554bd8a5573e43ef55bdc8',1620,0);
INSERT INTO "metrics" VALUES('ece',1.81135680551330578713e-02,1795993595184,'b0c3b602f6554bd8a5573e43ef55bdc8',1620,0);
INSERT INTO "metrics" VALUES('sharpe',-1.00473659840344020643e+00,1795993595184,'b0c3b602f6554bd8a5573e43ef55bdc8',1620,0);
INSERT INTO "metrics" VALUES('accuracy',5.0777777777777777235e-01,1795993595218,'b0c3b602f6554bd8a5573e43ef55bdc8',1800,0);
INSERT INTO "metrics" VALUES('ece',0.0225873693759256,1795993595218,'b0c3b602f6554bd8a5573e43ef55bdc8',1800,0);
INSERT INTO "metrics" VALUES('sharpe',-8.43968701110122232478e+00,1795993595218,'b0c3b602f6554bd8a5573e43ef55bdc8',1800,0);
INSERT INTO "metrics" VALUES('accuracy',5.13636363636363668661e-01,1795993595249,'b0c3b602f6554bd8a5573e43ef55bdc8',1980,0);
INSERT INTO "metrics" VALUES('ece',1.62218996481568109024e-02,1795993595249,'b0c3b602f6554bd8a5573e43ef55bdc8',1980,0);
INSERT INTO "metrics" VALUES('sharpe',1.59211090880545702574e+00,1795993595249,'b0c3b602f6554bd8a5573e43ef55bdc8',1980,0);
INSERT INTO "metrics" VALUES('accuracy',5.19907407407407373689e-01,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2160,0);
INSERT INTO "metrics" VALUES('ece',9.85051470501884657293e-03,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2160,0);
INSERT INTO "metrics" VALUES('sharpe',1.51582978683923581537e+01,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2160,0);
INSERT INTO "metrics" VALUES('accuracy',0.519558214450069,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('ece',1.0221740203301649813e-02,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('ece_noise',9.4361420544897874757e-03,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('ece_noise_95',2.19773701044609706678e-02,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('ece_gap',1.02217402033011762335e-02,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('mce',5.57260681416257910858e-02,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('brier',2.50395650687694704128e-01,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('log_loss',6.93958084752822612628e-01,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('sharpe',1.53376730751252985385e+01,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('sharpe_se',1.35107675951298560339e+01,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('skewness',9.93966225689728484493e-03,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('kurtosis',1.20762685100291644602e+01,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('sortino',2.21923420910197179969e+01,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.55001473573186387966e-02,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('total_return',2.34637750119190968689e-02,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('turnover',3.31597222222222209886e-01,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('n_predictions',2173.0,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('n_bars',2880.0,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('n_traded',1280.0,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('hits',1129.0,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('coverage',7.54513888888888928363e-01,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('duration_seconds',3.21295441000017945043e-01,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('objective_value',1.84737367733814661363e+00,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('ece_violated',0.0,1795993595280,'b0c3b602f6554bd8a5573e43ef55bdc8',2173,0);
INSERT INTO "metrics" VALUES('best_objective_value',2.23619495906138521235e+00,1795993594219,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.29162248144220526135e-01,1795993594219,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('best_ece',1.00532404071055122413e-02,1795993594219,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('best_objective_value',2.81608612429615279282e+00,1795993594829,'c85616e59ed64adba9d5abcde12865c7',1,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.29274004683840781915e-01,1795993594829,'c85616e59ed64adba9d5abcde12865c7',1,0);
INSERT INTO "metrics" VALUES('best_ece',1.00104022866247359402e-02,1795993594829,'c85616e59ed64adba9d5abcde12865c7',1,0);
INSERT INTO "metrics" VALUES('best_sharpe',2.52073039226795216896e+01,1795993594829,'c85616e59ed64adba9d5abcde12865c7',1,0);
INSERT INTO "metrics" VALUES('accuracy',5.88888888888888906159e-01,1795993595366,'0eb8facfc042462ab9d19faac0387f6a',180,0);
INSERT INTO "metrics" VALUES('ece',1.57966904520322193317e-02,1795993595366,'0eb8facfc042462ab9d19faac0387f6a',180,0);
INSERT INTO "metrics" VALUES('sharpe',1.50725565727735670408e+02,1795993595366,'0eb8facfc042462ab9d19faac0387f6a',180,0);
INSERT INTO "metrics" VALUES('accuracy',5.3611111111111109384e-01,1795993595398,'0eb8facfc042462ab9d19faac0387f6a',360,0);
INSERT INTO "metrics" VALUES('ece',3.25119574274521719314e-02,1795993595398,'0eb8facfc042462ab9d19faac0387f6a',360,0);
INSERT INTO "metrics" VALUES('sharpe',2.69091928578746824034e+01,1795993595398,'0eb8facfc042462ab9d19faac0387f6a',360,0);
INSERT INTO "metrics" VALUES('accuracy',5.33333333333333325931e-01,1795993595432,'0eb8facfc042462ab9d19faac0387f6a',540,0);
INSERT INTO "metrics" VALUES('ece',2.87549662231431774062e-02,1795993595432,'0eb8facfc042462ab9d19faac0387f6a',540,0);
INSERT INTO "metrics" VALUES('sharpe',1.79338209679792903727e+01,1795993595432,'0eb8facfc042462ab9d19faac0387f6a',540,0);
INSERT INTO "metrics" VALUES('accuracy',5.30555555555555558022e-01,1795993595467,'0eb8facfc042462ab9d19faac0387f6a',720,0);
INSERT INTO "metrics" VALUES('ece',2.62015769840541340451e-02,1795993595467,'0eb8facfc042462ab9d19faac0387f6a',720,0);
INSERT INTO "metrics" VALUES('sharpe',1.37344737918140911145e+01,1795993595467,'0eb8facfc042462ab9d19faac0387f6a',720,0);
INSERT INTO "metrics" VALUES('accuracy',5.2333333333333331705e-01,1795993595504,'0eb8facfc042462ab9d19faac0387f6a',900,0);
INSERT INTO "metrics" VALUES('ece',2.86093503356468666087e-02,1795993595504,'0eb8facfc042462ab9d19faac0387f6a',900,0);
INSERT INTO "metrics" VALUES('sharpe',9.08821751808525313265e+00,1795993595504,'0eb8facfc042462ab9d19faac0387f6a',900,0);
INSERT INTO "metrics" VALUES('accuracy',5.32407407407407440302e-01,1795993595538,'0eb8facfc042462ab9d19faac0387f6a',1080,0);
INSERT INTO "metrics" VALUES('ece',0.0171756400073031,1795993595538,'0eb8facfc042462ab9d19faac0387f6a',1080,0);
INSERT INTO "metrics" VALUES('sharpe',2.18923538135019661869e+01,1795993595538,'0eb8facfc042462ab9d19faac0387f6a',1080,0);
INSERT INTO "metrics" VALUES('accuracy',5.15873015873015927645e-01,1795993595575,'0eb8facfc042462ab9d19faac0387f6a',1260,0);
INSERT INTO "metrics" VALUES('ece',0.0315820894005938,1795993595575,'0eb8facfc042462ab9d19faac0387f6a',1260,0);
INSERT INTO "metrics" VALUES('sharpe',1.31598238084920904356e+01,1795993595575,'0eb8facfc042462ab9d19faac0387f6a',1260,0);
INSERT INTO "metrics" VALUES('accuracy',5.14583333333333281522e-01,1795993595610,'0eb8facfc042462ab9d19faac0387f6a',1440,0);
INSERT INTO "metrics" VALUES('ece',3.03375139638297139366e-02,1795993595610,'0eb8facfc042462ab9d19faac0387f6a',1440,0);
INSERT INTO "metrics" VALUES('sharpe',3.74327469436487,1795993595610,'0eb8facfc042462ab9d19faac0387f6a',1440,0);
INSERT INTO "metrics" VALUES('accuracy',5.17901234567901269656e-01,1795993595641,'0eb8facfc042462ab9d19faac0387f6a',1620,0);
INSERT INTO "metrics" VALUES('ece',2.55682517936829736826e-02,1795993595641,'0eb8facfc042462ab9d19faac0387f6a',1620,0);
INSERT INTO "metrics" VALUES('sharpe',3.31302380763385251327e+00,1795993595641,'0eb8facfc042462ab9d19faac0387f6a',1620,0);
INSERT INTO "metrics" VALUES('accuracy',5.18333333333333312609e-01,1795993595671,'0eb8facfc042462ab9d19faac0387f6a',1800,0);
INSERT INTO "metrics" VALUES('ece',0.0244179106165989,1795993595671,'0eb8facfc042462ab9d19faac0387f6a',1800,0);
INSERT INTO "metrics" VALUES('sharpe',6.07739427208661631141e+00,1795993595671,'0eb8facfc042462ab9d19faac0387f6a',1800,0);
INSERT INTO "metrics" VALUES('accuracy',5.12626262626262652055e-01,1795993595699,'0eb8facfc042462ab9d19faac0387f6a',1980,0);
INSERT INTO "metrics" VALUES('ece',2.90452561438460273024e-02,1795993595699,'0eb8facfc042462ab9d19faac0387f6a',1980,0);
INSERT INTO "metrics" VALUES('sharpe',3.05319964476426264354e+00,1795993595699,'0eb8facfc042462ab9d19faac0387f6a',1980,0);
INSERT INTO "metrics" VALUES('accuracy',5.16666666666666718477e-01,1795993595727,'0eb8facfc042462ab9d19faac0387f6a',2160,0);
INSERT INTO "metrics" VALUES('ece',0.0248787477762295,1795993595727,'0eb8facfc042462ab9d19faac0387f6a',2160,0);
INSERT INTO "metrics" VALUES('sharpe',8.83022075778448645166e+00,1795993595727,'0eb8facfc042462ab9d19faac0387f6a',2160,0);
INSERT INTO "metrics" VALUES('accuracy',5.20512820512820550966e-01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2340,0);
INSERT INTO "metrics" VALUES('ece',2.10657244841703575333e-02,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2340,0);
INSERT INTO "metrics" VALUES('sharpe',1.77456775261421739742e+01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2340,0);
INSERT INTO "metrics" VALUES('accuracy',5.2239430724152369212e-01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('ece',0.0192981772208437,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('ece_noise',9.56290597658060112506e-03,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('ece_noise_95',2.10241032997617940947e-02,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('ece_gap',1.92981772208424273706e-02,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('mce',1.11535150250891820777e-01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('brier',2.50968468919834597485e-01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('log_loss',6.95163426250927196647e-01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('sharpe',1.92360636310400217041e+01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('sharpe_se',1.35116335300363683553e+01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('skewness',-3.16685363113408391289e-02,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('kurtosis',7.45708454616988269947e+00,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('sortino',2.77949172011731455707e+01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('max_drawdown',2.42214631313478756524e-02,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('total_return',3.97932084934857766e-02,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('turnover',4.5798611111111109384e-01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('n_predictions',2389.0,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('n_bars',2880.0,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('n_traded',2173.0,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('hits',1248.0,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('coverage',8.29513888888888883954e-01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('duration_seconds',3.00086383000007117516e-01,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('objective_value',2.15320526971641079683e+00,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('ece_violated',0.0,1795993595755,'0eb8facfc042462ab9d19faac0387f6a',2389,0);
INSERT INTO "metrics" VALUES('accuracy',5.11111111111111071636e-01,1795993595837,'1a17d577cfbb4cf0814fce4481c3462b',180,0);
INSERT INTO "metrics" VALUES('ece',5.03276478863173420963e-02,1795993595837,'1a17d577cfbb4cf0814fce4481c3462b',180,0);
INSERT INTO "metrics" VALUES('sharpe',-2.86774746679803876903e-02,1795993595837,'1a17d577cfbb4cf0814fce4481c3462b',180,0);
INSERT INTO "metrics" VALUES('accuracy',0.5,1795993595864,'1a17d577cfbb4cf0814fce4481c3462b',360,0);
INSERT INTO "metrics" VALUES('ece',0.0459107673784672,1795993595864,'1a17d577cfbb4cf0814fce4481c3462b',360,0);
INSERT INTO "metrics" VALUES('sharpe',-2.82873070008229854366e+00,1795993595864,'1a17d577cfbb4cf0814fce4481c3462b',360,0);
INSERT INTO "metrics" VALUES('accuracy',4.9814814814814817323e-01,1795993595895,'1a17d577cfbb4cf0814fce4481c3462b',540,0);
INSERT INTO "metrics" VALUES('ece',3.88509366539987952005e-02,1795993595895,'1a17d577cfbb4cf0814fce4481c3462b',540,0);
INSERT INTO "metrics" VALUES('sharpe',-2.51043057476710380622e+01,1795993595895,'1a17d577cfbb4cf0814fce4481c3462b',540,0);
INSERT INTO "metrics" VALUES('accuracy',5.01388888888888883954e-01,1795993595922,'1a17d577cfbb4cf0814fce4481c3462b',720,0);
INSERT INTO "metrics" VALUES('ece',3.2163941681149110785e-02,1795993595922,'1a17d577cfbb4cf0814fce4481c3462b',720,0);
INSERT INTO "metrics" VALUES('sharpe',-2.14747238146020684728e+01,1795993595922,'1a17d577cfbb4cf0814fce4481c3462b',720,0);
INSERT INTO "metrics" VALUES('accuracy',5.2333333333333331705e-01,1795993595954,'1a17d577cfbb4cf0814fce4481c3462b',900,0);
INSERT INTO "metrics" VALUES('ece',0.00937616650357645,1795993595954,'1a17d577cfbb4cf0814fce4481c3462b',900,0);
INSERT INTO "metrics" VALUES('sharpe',-4.43542800615395904628e+00,1795993595954,'1a17d577cfbb4cf0814fce4481c3462b',900,0);
INSERT INTO "metrics" VALUES('accuracy',5.13888888888888839545e-01,1795993595982,'1a17d577cfbb4cf0814fce4481c3462b',1080,0);
INSERT INTO "metrics" VALUES('ece',1.74497014971641203895e-02,1795993595982,'1a17d577cfbb4cf0814fce4481c3462b',1080,0);
INSERT INTO "metrics" VALUES('sharpe',-1.04829190772366924737e+01,1795993595982,'1a17d577cfbb4cf0814fce4481c3462b',1080,0);
INSERT INTO "metrics" VALUES('accuracy',5.1349206349206344413e-01,1795993596014,'1a17d577cfbb4cf0814fce4481c3462b',1260,0);
INSERT INTO "metrics" VALUES('ece',1.66950290184521323022e-02,1795993596014,'1a17d577cfbb4cf0814fce4481c3462b',1260,0);
INSERT INTO "metrics" VALUES('sharpe',-1.02367528980225035444e+01,1795993596014,'1a17d577cfbb4cf0814fce4481c3462b',1260,0);
INSERT INTO "metrics" VALUES('accuracy',5.15972222222222276499e-01,1795993596047,'1a17d577cfbb4cf0814fce4481c3462b',1440,0);
INSERT INTO "metrics" VALUES('ece',0.0133655673605684,1795993596047,'1a17d577cfbb4cf0814fce4481c3462b',1440,0);
INSERT INTO "metrics" VALUES('sharpe',-4.48806864529760218829e+00,1795993596047,'1a17d577cfbb4cf0814fce4481c3462b',1440,0);
INSERT INTO "metrics" VALUES('accuracy',5.14814814814814836196e-01,1795993596077,'1a17d577cfbb4cf0814fce4481c3462b',1620,0);
INSERT INTO "metrics" VALUES('ece',1.38294548829637660436e-02,1795993596077,'1a17d577cfbb4cf0814fce4481c3462b',1620,0);
INSERT INTO "metrics" VALUES('sharpe',-6.93251718688553175695e+00,1795993596077,'1a17d577cfbb4cf0814fce4481c3462b',1620,0);
INSERT INTO "metrics" VALUES('accuracy',0.515,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1800,0);
INSERT INTO "metrics" VALUES('ece',1.33314872240739949738e-02,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1800,0);
INSERT INTO "metrics" VALUES('sharpe',-3.97285745735982809279e+00,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1800,0);
INSERT INTO "metrics" VALUES('accuracy',5.19634211941904289311e-01,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('ece',8.74087100598459204592e-03,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('ece_noise',9.93628335845880665544e-03,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('ece_noise_95',2.27987989357627540698e-02,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('ece_gap',8.74087100598427112208e-03,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('mce',3.7153665946200942205e-01,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('brier',2.5080287982569959837e-01,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('log_loss',6.94780341389858113743e-01,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('sharpe',-2.15803708762301438284e+00,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('sharpe_se',1.35092860110549395358e+01,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('skewness',-2.22679896172685742872e-01,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('kurtosis',1.0154403506307616567e+01,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('sortino',-2.99493947479433142433e+00,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('max_drawdown',2.45332080807068031447e-02,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('total_return',-3.81814900246557620278e-03,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('turnover',4.73958333333333314829e-01,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('n_predictions',1859.0,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('n_bars',2880.0,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('n_traded',1619.0,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('hits',966.0,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('coverage',6.4548611111111109384e-01,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('duration_seconds',1.92504977999988113879e-01,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('objective_value',1.45666236966946205377e+00,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('ece_violated',0.0,1795993596107,'1a17d577cfbb4cf0814fce4481c3462b',1859,0);
INSERT INTO "metrics" VALUES('accuracy',5.29274004683840781915e-01,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('ece',1.00104022866247359402e-02,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('ece_noise',1.32830364150819859453e-02,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('ece_noise_95',2.90216039584962615105e-02,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('ece_gap',1.00104022866243629746e-02,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('mce',6.99481905486908916991e-02,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('brier',2.49408906526489698718e-01,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('log_loss',6.91980440602699586882e-01,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('sharpe',2.52073039226795216896e+01,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('sharpe_se',1.3513338370609430328e+01,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('skewness',1.91163136871962038298e+01,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('kurtosis',4.95161466515533334143e+02,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('sortino',8.2713909831359529786e+01,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('max_drawdown',2.68209660543639039076e-04,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('total_return',1.23951812222267143681e-03,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('turnover',5.55555555555555576757e-03,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('n_predictions',1281.0,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('n_bars',2880.0,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('n_traded',8.0,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('hits',678.0,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('coverage',4.44791666666666640761e-01,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993596507,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('total_trials',5.0,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('completed_trials',5.0,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('pruned_trials',0.0,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('failed_trials',0.0,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('ece_violations',0.0,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('ece_violations_beyond_noise',0.0,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_majority_accuracy',5.16567840948726875183e-01,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_majority_n_predictions',2867.0,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_majority_sharpe',1.5657582573943395587e+01,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_persistence_accuracy',0.503125,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_persistence_n_predictions',2880.0,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_persistence_sharpe',7.80524672866212654298e+00,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_accuracy',0.496875,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_n_predictions',2880.0,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_sharpe',-7.80524672866212654298e+00,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_default_accuracy',5.16609880749574146285e-01,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_default_n_predictions',2348.0,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_default_ece',1.83599377096563161348e-02,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_default_sharpe',1.2540128247297262831e+01,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_champion_accuracy',5.23578363384188616436e-01,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_champion_n_predictions',1442.0,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_champion_ece',2.87334808834170084279e-02,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_champion_sharpe',8.85304388007137355032e+00,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('independent_trials',4.37709793986824102773e+00,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('effective_predictions',1.12133130703960614486e+03,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('psr',9.96315826283850070055e-01,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('dsr',9.01699936755476771921e-01,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('min_track_record_bars',1.08571816617257741204e+03,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('min_backtest_years',1.93951651360076723733e-03,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('pbo',7.00660450660450684345e-01,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('pbo_below_baseline',8.75679875679875735494e-02,1795993611145,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('best_objective_value',2.23619495906138521235e+00,1795993594261,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.29162248144220526135e-01,1795993594261,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('best_ece',1.00532404071055122413e-02,1795993594261,'c85616e59ed64adba9d5abcde12865c7',0,0);
INSERT INTO "metrics" VALUES('best_objective_value',2.81608612429615279282e+00,1795993594837,'c85616e59ed64adba9d5abcde12865c7',1,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.29274004683840781915e-01,1795993594837,'c85616e59ed64adba9d5abcde12865c7',1,0);
INSERT INTO "metrics" VALUES('best_ece',1.00104022866247359402e-02,1795993594837,'c85616e59ed64adba9d5abcde12865c7',1,0);
INSERT INTO "metrics" VALUES('best_sharpe',2.52073039226795216896e+01,1795993594837,'c85616e59ed64adba9d5abcde12865c7',1,0);
INSERT INTO "metrics" VALUES('best_objective_value',2.81608612429615279282e+00,1795993596136,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.29274004683840781915e-01,1795993596136,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('best_ece',1.00104022866247359402e-02,1795993596136,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('best_sharpe',2.52073039226795216896e+01,1795993596136,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('accuracy',4.69387755102040837851e-01,1795993618357,'16fb0603b0e5426988724dc75e03ebc7',49,0);
INSERT INTO "metrics" VALUES('ece',1.81229959005013652184e-01,1795993618357,'16fb0603b0e5426988724dc75e03ebc7',49,0);
INSERT INTO "metrics" VALUES('sharpe',-4.96116004992966210798e+01,1795993618357,'16fb0603b0e5426988724dc75e03ebc7',49,0);
INSERT INTO "metrics" VALUES('accuracy',4.84848484848484861942e-01,1795993618404,'16fb0603b0e5426988724dc75e03ebc7',99,0);
INSERT INTO "metrics" VALUES('ece',1.24921587080397744617e-01,1795993618404,'16fb0603b0e5426988724dc75e03ebc7',99,0);
INSERT INTO "metrics" VALUES('sharpe',-4.29927290574828830944e+01,1795993618404,'16fb0603b0e5426988724dc75e03ebc7',99,0);
INSERT INTO "metrics" VALUES('accuracy',4.49664429530201359419e-01,1795993618437,'16fb0603b0e5426988724dc75e03ebc7',149,0);
INSERT INTO "metrics" VALUES('ece',1.57415004981792977512e-01,1795993618437,'16fb0603b0e5426988724dc75e03ebc7',149,0);
INSERT INTO "metrics" VALUES('sharpe',-1.07853021430978103013e+02,1795993618437,'16fb0603b0e5426988724dc75e03ebc7',149,0);
INSERT INTO "metrics" VALUES('accuracy',4.72361809045226122005e-01,1795993618497,'16fb0603b0e5426988724dc75e03ebc7',199,0);
INSERT INTO "metrics" VALUES('ece',1.37386438894928214482e-01,1795993618497,'16fb0603b0e5426988724dc75e03ebc7',199,0);
INSERT INTO "metrics" VALUES('sharpe',-7.6441485287987163133e+01,1795993618497,'16fb0603b0e5426988724dc75e03ebc7',199,0);
INSERT INTO "metrics" VALUES('accuracy',4.93975903614457811929e-01,1795993618571,'16fb0603b0e5426988724dc75e03ebc7',249,0);
INSERT INTO "metrics" VALUES('ece',1.09323302561177546077e-01,1795993618571,'16fb0603b0e5426988724dc75e03ebc7',249,0);
INSERT INTO "metrics" VALUES('sharpe',-1.80827053208254220351e+01,1795993618571,'16fb0603b0e5426988724dc75e03ebc7',249,0);
INSERT INTO "metrics" VALUES('accuracy',4.71571906354515069104e-01,1795993618613,'16fb0603b0e5426988724dc75e03ebc7',299,0);
INSERT INTO "metrics" VALUES('ece',1.31466674382559073341e-01,1795993618613,'16fb0603b0e5426988724dc75e03ebc7',299,0);
INSERT INTO "metrics" VALUES('sharpe',-2.19906781720399848714e+01,1795993618613,'16fb0603b0e5426988724dc75e03ebc7',299,0);
INSERT INTO "metrics" VALUES('accuracy',4.92836676217765057295e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',349,0);
INSERT INTO "metrics" VALUES('ece',1.1117181685303083316e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',349,0);
INSERT INTO "metrics" VALUES('sharpe',1.53194759391114598834e+00,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',349,0);
INSERT INTO "metrics" VALUES('ece',1.16081310380051899722e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('sharpe',-7.77483000456751449647e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('accuracy',4.87804878048780476973e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('ece_noise',2.40387332241141886413e-02,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('ece_noise_95',5.42109014569069555533e-02,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('ece_gap',1.13831497662864725151e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('mce',1.18488584033293042896e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('brier',2.62840272763405269351e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('log_loss',7.19339425077920924245e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.63152145494792115702e+01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('skewness',8.44396325877096232126e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('kurtosis',1.5435536909970197783e+01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('sortino',-1.15566447824452,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.3141327134889357886e-02,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('total_return',-3.71413632948680572098e-04,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('turnover',1.08036890645586303172e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('n_predictions',369.0,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('n_bars',759.0,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('n_traded',369.0,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('hits',180.0,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('coverage',4.86166007905138364275e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('bars',759.0,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('win_rate',4.87804878048780476973e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('duration_seconds',2.36956216000010044808e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('objective_value',4.39024390243902440378e-01,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('ece_violated',1.0,1795993618687,'16fb0603b0e5426988724dc75e03ebc7',369,0);
INSERT INTO "metrics" VALUES('accuracy',4.48979591836734692744e-01,1795993618778,'8f19df9948094d15b5a95f2907f374fe',49,0);
INSERT INTO "metrics" VALUES('ece',1.75507738658097073303e-01,1795993618778,'8f19df9948094d15b5a95f2907f374fe',49,0);
INSERT INTO "metrics" VALUES('sharpe',-40.8909807049965,1795993618778,'8f19df9948094d15b5a95f2907f374fe',49,0);
INSERT INTO "metrics" VALUES('accuracy',0.494949494949495,1795993618817,'8f19df9948094d15b5a95f2907f374fe',99,0);
INSERT INTO "metrics" VALUES('ece',1.30217592065251269728e-01,1795993618817,'8f19df9948094d15b5a95f2907f374fe',99,0);
INSERT INTO "metrics" VALUES('sharpe',-1.74116108880130155962e+01,1795993618817,'8f19df9948094d15b5a95f2907f374fe',99,0);
INSERT INTO "metrics" VALUES('accuracy',4.63087248322147648771e-01,1795993618849,'8f19df9948094d15b5a95f2907f374fe',149,0);
INSERT INTO "metrics" VALUES('ece',1.63284978972790456586e-01,1795993618849,'8f19df9948094d15b5a95f2907f374fe',149,0);
INSERT INTO "metrics" VALUES('sharpe',-7.89358658775633728046e+01,1795993618849,'8f19df9948094d15b5a95f2907f374fe',149,0);
INSERT INTO "metrics" VALUES('accuracy',4.47236180904522606649e-01,1795993618880,'8f19df9948094d15b5a95f2907f374fe',199,0);
INSERT INTO "metrics" VALUES('ece',1.8023716470136769141e-01,1795993618880,'8f19df9948094d15b5a95f2907f374fe',199,0);
INSERT INTO "metrics" VALUES('sharpe',-1.08678512527118058988e+02,1795993618880,'8f19df9948094d15b5a95f2907f374fe',199,0);
INSERT INTO "metrics" VALUES('accuracy',4.69879518072289170671e-01,1795993618933,'8f19df9948094d15b5a95f2907f374fe',249,0);
INSERT INTO "metrics" VALUES('ece',1.57886456663776875153e-01,1795993618933,'8f19df9948094d15b5a95f2907f374fe',249,0);
INSERT INTO "metrics" VALUES('sharpe',-6.93007518304109737528e+01,1795993618933,'8f19df9948094d15b5a95f2907f374fe',249,0);
INSERT INTO "metrics" VALUES('accuracy',4.94983277591973247488e-01,1795993619000,'8f19df9948094d15b5a95f2907f374fe',299,0);
INSERT INTO "metrics" VALUES('ece',1.3176458829588494348e-01,1795993619000,'8f19df9948094d15b5a95f2907f374fe',299,0);
INSERT INTO "metrics" VALUES('sharpe',-1.97127375200244281394e+00,1795993619000,'8f19df9948094d15b5a95f2907f374fe',299,0);
INSERT INTO "metrics" VALUES('accuracy',4.89971346704871080213e-01,1795993619040,'8f19df9948094d15b5a95f2907f374fe',349,0);
INSERT INTO "metrics" VALUES('ece',1.39556803765651160631e-01,1795993619040,'8f19df9948094d15b5a95f2907f374fe',349,0);
INSERT INTO "metrics" VALUES('sharpe',3.63398615895869969705e+00,1795993619040,'8f19df9948094d15b5a95f2907f374fe',349,0);
INSERT INTO "metrics" VALUES('accuracy',5.01253132832080172676e-01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',399,0);
INSERT INTO "metrics" VALUES('ece',1.28097722467428704051e-01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',399,0);
INSERT INTO "metrics" VALUES('sharpe',1.97883912579880352211e+01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',399,0);
INSERT INTO "metrics" VALUES('ece',1.29483236456973516137e-01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('sharpe',1.81034973950217477067e+01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('accuracy',0.5,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('ece_noise',2.0087053893619286754e-02,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.72169721789285623536e-02,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('ece_gap',1.27540309374472082826e-01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('mce',4.00242978995830056554e-01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('brier',2.67687598988218089512e-01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('log_loss',7.29857865731652344365e-01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.63193088597020761207e+01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('skewness',1.18344839834175030723e+00,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('kurtosis',1.327152810906219571e+01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('sortino',2.83014553076068935411e+01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.49812379660531069802e-02,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('total_return',7.30263161349453682191e-03,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('turnover',1.01449275362318847015e-01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('n_predictions',412.0,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('n_bars',759.0,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('n_traded',412.0,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('hits',206.0,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('coverage',5.42819499341238520528e-01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('bars',759.0,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('win_rate',0.5,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('duration_seconds',2.28440189999957965483e-01,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('objective_value',0.45,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('ece_violated',1.0,1795993619107,'8f19df9948094d15b5a95f2907f374fe',412,0);
INSERT INTO "metrics" VALUES('accuracy',4.69387755102040837851e-01,1795993619176,'5abfbb117fd74f88902d1c479da7725f',49,0);
INSERT INTO "metrics" VALUES('ece',1.59023406823821766842e-01,1795993619176,'5abfbb117fd74f88902d1c479da7725f',49,0);
INSERT INTO "metrics" VALUES('sharpe',-4.10194431359311373341e+00,1795993619176,'5abfbb117fd74f88902d1c479da7725f',49,0);
INSERT INTO "metrics" VALUES('accuracy',0.494949494949495,1795993619213,'5abfbb117fd74f88902d1c479da7725f',99,0);
INSERT INTO "metrics" VALUES('ece',1.33711830318373081638e-01,1795993619213,'5abfbb117fd74f88902d1c479da7725f',99,0);
INSERT INTO "metrics" VALUES('sharpe',3.34296011522142455518e+00,1795993619213,'5abfbb117fd74f88902d1c479da7725f',99,0);
INSERT INTO "metrics" VALUES('accuracy',4.8322147651006713831e-01,1795993619250,'5abfbb117fd74f88902d1c479da7725f',149,0);
INSERT INTO "metrics" VALUES('ece',1.45755573474627031504e-01,1795993619250,'5abfbb117fd74f88902d1c479da7725f',149,0);
INSERT INTO "metrics" VALUES('sharpe',-8.6730165494797,1795993619250,'5abfbb117fd74f88902d1c479da7725f',149,0);
INSERT INTO "metrics" VALUES('accuracy',0.457286432160804,1795993619288,'5abfbb117fd74f88902d1c479da7725f',199,0);
INSERT INTO "metrics" VALUES('ece',1.7328189425582810057e-01,1795993619288,'5abfbb117fd74f88902d1c479da7725f',199,0);
INSERT INTO "metrics" VALUES('sharpe',-79.0895602011716,1795993619288,'5abfbb117fd74f88902d1c479da7725f',199,0);
INSERT INTO "metrics" VALUES('accuracy',4.97991967871485918806e-01,1795993619346,'5abfbb117fd74f88902d1c479da7725f',249,0);
INSERT INTO "metrics" VALUES('ece',1.30995939794382620924e-01,1795993619346,'5abfbb117fd74f88902d1c479da7725f',249,0);
INSERT INTO "metrics" VALUES('sharpe',-7.6921730517145485706e+00,1795993619346,'5abfbb117fd74f88902d1c479da7725f',249,0);
INSERT INTO "metrics" VALUES('accuracy',5.11705685618729089192e-01,1795993619385,'5abfbb117fd74f88902d1c479da7725f',299,0);
INSERT INTO "metrics" VALUES('ece',1.1791805200302854506e-01,1795993619385,'5abfbb117fd74f88902d1c479da7725f',299,0);
INSERT INTO "metrics" VALUES('sharpe',2.83906649120177245748e+00,1795993619385,'5abfbb117fd74f88902d1c479da7725f',299,0);
INSERT INTO "metrics" VALUES('accuracy',5.12893982808022896868e-01,1795993619433,'5abfbb117fd74f88902d1c479da7725f',349,0);
INSERT INTO "metrics" VALUES('ece',1.1673800385383036049e-01,1795993619433,'5abfbb117fd74f88902d1c479da7725f',349,0);
INSERT INTO "metrics" VALUES('sharpe',-5.49767290558780352682e+00,1795993619433,'5abfbb117fd74f88902d1c479da7725f',349,0);
INSERT INTO "metrics" VALUES('accuracy',5.0375939849624062905e-01,1795993619479,'5abfbb117fd74f88902d1c479da7725f',399,0);
INSERT INTO "metrics" VALUES('ece',1.24919065644642043877e-01,1795993619479,'5abfbb117fd74f88902d1c479da7725f',399,0);
INSERT INTO "metrics" VALUES('sharpe',9.73891141794994474878e-01,1795993619479,'5abfbb117fd74f88902d1c479da7725f',399,0);
INSERT INTO "metrics" VALUES('accuracy',5.07795100222717121773e-01,1795993619540,'5abfbb117fd74f88902d1c479da7725f',449,0);
INSERT INTO "metrics" VALUES('ece',1.20524574183906205138e-01,1795993619540,'5abfbb117fd74f88902d1c479da7725f',449,0);
INSERT INTO "metrics" VALUES('sharpe',1.09233719532454678359e+01,1795993619540,'5abfbb117fd74f88902d1c479da7725f',449,0);
INSERT INTO "metrics" VALUES('accuracy',5.07014028056112175946e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',499,0);
INSERT INTO "metrics" VALUES('ece',1.20897942217482068372e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',499,0);
INSERT INTO "metrics" VALUES('sharpe',1.7798156503471037837e+01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',499,0);
INSERT INTO "metrics" VALUES('ece',1.21096155973020397356e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('sharpe',1.69060717919280243393e+01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('accuracy',5.06692160611854736096e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('ece_noise',2.1406940982331808948e-02,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.68350740580322430495e-02,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('ece_gap',1.21096155973021632479e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('mce',1.24040574570040848523e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('brier',2.6510109962973549269e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('log_loss',7.24502358928002188065e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.63187842173006529837e+01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('skewness',5.29140302931804806796e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('kurtosis',8.16475121666778136386e+00,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('sortino',2.50838234684155096947e+01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.22656205462559064756e-02,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('total_return',8.13541648220250657175e-03,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('turnover',8.82740447957839208248e-02,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('n_predictions',523.0,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('n_bars',759.0,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('n_traded',523.0,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('hits',265.0,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('coverage',0.689064558629776,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('bars',759.0,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('win_rate',5.06692160611854736096e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('duration_seconds',3.08413826999981210974e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('objective_value',4.56022944550669273588e-01,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('ece_violated',1.0,1795993619587,'5abfbb117fd74f88902d1c479da7725f',523,0);
INSERT INTO "metrics" VALUES('accuracy',4.08163265306122458042e-01,1795993619665,'ffdda17460944980aae4a53acf218ea0',49,0);
INSERT INTO "metrics" VALUES('ece',2.36686892444305047034e-01,1795993619665,'ffdda17460944980aae4a53acf218ea0',49,0);
INSERT INTO "metrics" VALUES('sharpe',-87.5844121715699,1795993619665,'ffdda17460944980aae4a53acf218ea0',49,0);
INSERT INTO "metrics" VALUES('accuracy',4.64646464646464640857e-01,1795993619698,'ffdda17460944980aae4a53acf218ea0',99,0);
INSERT INTO "metrics" VALUES('ece',1.81488844082765637955e-01,1795993619698,'ffdda17460944980aae4a53acf218ea0',99,0);
INSERT INTO "metrics" VALUES('sharpe',-5.71042444820696886136e+01,1795993619698,'ffdda17460944980aae4a53acf218ea0',99,0);
INSERT INTO "metrics" VALUES('accuracy',4.56375838926174504095e-01,1795993619726,'ffdda17460944980aae4a53acf218ea0',149,0);
INSERT INTO "metrics" VALUES('ece',1.9518291357655986884e-01,1795993619726,'ffdda17460944980aae4a53acf218ea0',149,0);
INSERT INTO "metrics" VALUES('sharpe',-8.69349256862345924883e+01,1795993619726,'ffdda17460944980aae4a53acf218ea0',149,0);
INSERT INTO "metrics" VALUES('accuracy',4.32160804020100486333e-01,1795993619751,'ffdda17460944980aae4a53acf218ea0',199,0);
INSERT INTO "metrics" VALUES('ece',2.25409463575598240092e-01,1795993619751,'ffdda17460944980aae4a53acf218ea0',199,0);
INSERT INTO "metrics" VALUES('sharpe',-1.26037241534302395966e+02,1795993619751,'ffdda17460944980aae4a53acf218ea0',199,0);
INSERT INTO "metrics" VALUES('accuracy',4.53815261044176687654e-01,1795993619794,'ffdda17460944980aae4a53acf218ea0',249,0);
INSERT INTO "metrics" VALUES('ece',2.05871212381401796909e-01,1795993619794,'ffdda17460944980aae4a53acf218ea0',249,0);
INSERT INTO "metrics" VALUES('sharpe',-9.95300580084835218031e+01,1795993619794,'ffdda17460944980aae4a53acf218ea0',249,0);
INSERT INTO "metrics" VALUES('accuracy',4.61538461538461564082e-01,1795993619836,'ffdda17460944980aae4a53acf218ea0',299,0);
INSERT INTO "metrics" VALUES('ece',1.9681000510832591388e-01,1795993619836,'ffdda17460944980aae4a53acf218ea0',299,0);
INSERT INTO "metrics" VALUES('sharpe',-6.45860499023517746746e+01,1795993619836,'ffdda17460944980aae4a53acf218ea0',299,0);
INSERT INTO "metrics" VALUES('accuracy',4.61318051575931253882e-01,1795993619884,'ffdda17460944980aae4a53acf218ea0',349,0);
INSERT INTO "metrics" VALUES('ece',1.98457731874355530754e-01,1795993619884,'ffdda17460944980aae4a53acf218ea0',349,0);
INSERT INTO "metrics" VALUES('sharpe',-2.46695543053340635717e+01,1795993619884,'ffdda17460944980aae4a53acf218ea0',349,0);
INSERT INTO "metrics" VALUES('accuracy',4.73684210526315763178e-01,1795993619931,'ffdda17460944980aae4a53acf218ea0',399,0);
INSERT INTO "metrics" VALUES('ece',0.184865872729138,1795993619931,'ffdda17460944980aae4a53acf218ea0',399,0);
INSERT INTO "metrics" VALUES('sharpe',4.96400342073219036365e-01,1795993619931,'ffdda17460944980aae4a53acf218ea0',399,0);
INSERT INTO "metrics" VALUES('accuracy',4.72160356347438747715e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',449,0);
INSERT INTO "metrics" VALUES('ece',1.87535710670093752616e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',449,0);
INSERT INTO "metrics" VALUES('sharpe',-2.4223095036744393127e+00,1795993619966,'ffdda17460944980aae4a53acf218ea0',449,0);
INSERT INTO "metrics" VALUES('ece',1.84576817967410683474e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('sharpe',1.38539650044898099423e+00,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('accuracy',4.74725274725274704046e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('ece_noise',2.98932235518322431122e-02,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('ece_noise_95',5.49064882970809881035e-02,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('ece_gap',1.84576817967410544696e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('mce',2.5867818411180365512e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('brier',2.86423947996570282814e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('log_loss',7.71469873075013357066e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.63152310070334216618e+01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('skewness',1.10130033326391751913e+00,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('kurtosis',1.13916097154220210543e+01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('sortino',2.12868976515457486442e+00,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.80555887226961919722e-02,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('total_return',5.48500489219394538054e-04,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('turnover',1.46245059288537537778e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('n_predictions',455.0,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('n_bars',759.0,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('n_traded',455.0,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('hits',216.0,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('coverage',5.99472990777338621271e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('bars',759.0,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('win_rate',4.74725274725274704046e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('duration_seconds',2.2094344000004184636e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('objective_value',4.27252747252747200334e-01,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('ece_violated',1.0,1795993619966,'ffdda17460944980aae4a53acf218ea0',455,0);
INSERT INTO "metrics" VALUES('best_objective_value',4.39024390243902440378e-01,1795993618687,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('best_accuracy',4.87804878048780476973e-01,1795993618687,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('best_ece',1.16081310380051899722e-01,1795993618687,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('best_sharpe',-7.77483000456751449647e-01,1795993618687,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('best_objective_value',0.45,1795993619107,'534b2d70ee734ac49099773ad2401d45',1,0);
INSERT INTO "metrics" VALUES('best_accuracy',0.5,1795993619107,'534b2d70ee734ac49099773ad2401d45',1,0);
INSERT INTO "metrics" VALUES('best_ece',1.29483236456973516137e-01,1795993619107,'534b2d70ee734ac49099773ad2401d45',1,0);
INSERT INTO "metrics" VALUES('best_sharpe',1.81034973950217477067e+01,1795993619107,'534b2d70ee734ac49099773ad2401d45',1,0);
INSERT INTO "metrics" VALUES('best_objective_value',4.56022944550669273588e-01,1795993619587,'534b2d70ee734ac49099773ad2401d45',2,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.06692160611854736096e-01,1795993619587,'534b2d70ee734ac49099773ad2401d45',2,0);
INSERT INTO "metrics" VALUES('best_ece',1.21096155973020397356e-01,1795993619587,'534b2d70ee734ac49099773ad2401d45',2,0);
INSERT INTO "metrics" VALUES('best_sharpe',1.69060717919280243393e+01,1795993619587,'534b2d70ee734ac49099773ad2401d45',2,0);
INSERT INTO "metrics" VALUES('ece',1.21096155973020397356e-01,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('sharpe',1.69060717919280243393e+01,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('accuracy',5.06692160611854736096e-01,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('ece_noise',2.1406940982331808948e-02,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.68350740580322430495e-02,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('ece_gap',1.21096155973021632479e-01,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('mce',1.24040574570040848523e-01,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('brier',2.6510109962973549269e-01,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('log_loss',7.24502358928002188065e-01,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.63187842173006529837e+01,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('skewness',5.29140302931804806796e-01,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('kurtosis',8.16475121666778136386e+00,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('sortino',2.50838234684155096947e+01,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.22656205462559064756e-02,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('total_return',8.13541648220250657175e-03,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('turnover',8.82740447957839208248e-02,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('n_predictions',523.0,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('n_bars',759.0,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('n_traded',523.0,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('hits',265.0,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('coverage',0.689064558629776,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('bars',759.0,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('win_rate',5.06692160611854736096e-01,1795993620257,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('total_trials',4.0,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('completed_trials',4.0,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('pruned_trials',0.0,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('failed_trials',0.0,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('ece_violations',4.0,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('ece_violations_beyond_noise',4.0,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_majority_accuracy',4.98084291187739447437e-01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_majority_n_predictions',783.0,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_majority_sharpe',1.08407352191799049028e+01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_persistence_accuracy',5.58897243107769448045e-01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_persistence_n_predictions',798.0,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_persistence_sharpe',6.58623559031735226207e+01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_accuracy',4.41102756892230551954e-01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_n_predictions',798.0,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_sharpe',-6.58623559031735226207e+01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_default_accuracy',0.478494623655914,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_default_n_predictions',558.0,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_default_ece',1.54091123055958928445e-01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('baseline_default_sharpe',-1.98681304725063299088e+01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('independent_trials',1.77617725445427421249e+00,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('effective_predictions',4.80507979147269907119e+02,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('psr',7.40763596889022712943e-01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('dsr',6.88496240590318553387e-01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('min_track_record_bars',4.91981367905127081044e+03,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('min_backtest_years',5.71678788870514319707e-04,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('pbo',2.82012432012432034955e-01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('pbo_below_baseline',5.4289044289044285918e-01,1795993634896,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('best_objective_value',4.39024390243902440378e-01,1795993618705,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('best_accuracy',4.87804878048780476973e-01,1795993618705,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('best_ece',1.16081310380051899722e-01,1795993618705,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('best_sharpe',-7.77483000456751449647e-01,1795993618705,'534b2d70ee734ac49099773ad2401d45',0,0);
INSERT INTO "metrics" VALUES('best_objective_value',0.45,1795993619135,'534b2d70ee734ac49099773ad2401d45',1,0);
INSERT INTO "metrics" VALUES('best_accuracy',0.5,1795993619135,'534b2d70ee734ac49099773ad2401d45',1,0);
INSERT INTO "metrics" VALUES('best_ece',1.29483236456973516137e-01,1795993619135,'534b2d70ee734ac49099773ad2401d45',1,0);
INSERT INTO "metrics" VALUES('best_sharpe',1.81034973950217477067e+01,1795993619135,'534b2d70ee734ac49099773ad2401d45',1,0);
INSERT INTO "metrics" VALUES('best_objective_value',4.56022944550669273588e-01,1795993619619,'534b2d70ee734ac49099773ad2401d45',2,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.06692160611854736096e-01,1795993619619,'534b2d70ee734ac49099773ad2401d45',2,0);
INSERT INTO "metrics" VALUES('best_ece',1.21096155973020397356e-01,1795993619619,'534b2d70ee734ac49099773ad2401d45',2,0);
INSERT INTO "metrics" VALUES('best_sharpe',1.69060717919280243393e+01,1795993619619,'534b2d70ee734ac49099773ad2401d45',2,0);
INSERT INTO "metrics" VALUES('best_objective_value',4.56022944550669273588e-01,1795993619995,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('best_accuracy',5.06692160611854736096e-01,1795993619995,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('best_ece',1.21096155973020397356e-01,1795993619995,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('best_sharpe',1.69060717919280243393e+01,1795993619995,'534b2d70ee734ac49099773ad2401d45',3,0);
INSERT INTO "metrics" VALUES('ece',1.54091123055958928445e-01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('sharpe',-1.98681304725063299088e+01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('accuracy',0.478494623655914,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('ece_noise',2.17098552833316707499e-02,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.30439063550054762385e-02,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('ece_gap',1.54091123055960371734e-01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('mce',1.60556634914303386629e-01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('brier',2.74744511370870414523e-01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('log_loss',7.44880447669368228602e-01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.63201474126025374293e+01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('skewness',3.41804719594977879371e-01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('kurtosis',8.49450366585501726035e+00,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('sortino',-2.79772063913347572854e+01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.92697172930750282304e-02,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('total_return',-9.82021867956728300441e-03,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('turnover',1.14624505928853759328e-01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('n_predictions',558.0,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('n_bars',759.0,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('n_traded',558.0,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('hits',267.0,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('coverage',7.35177865612648195892e-01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('bars',759.0,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('win_rate',0.478494623655914,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('duration_seconds',6.92673748999993676989e-01,1795993647147,'abb7947b7caa4434829dce206483a211',0,0);
INSERT INTO "metrics" VALUES('ece',1.54091123055958928445e-01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('sharpe',-1.98681304725063299088e+01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('accuracy',0.478494623655914,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('ece_noise',2.17098552833316707499e-02,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.30439063550054762385e-02,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('ece_gap',1.54091123055960371734e-01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('mce',1.60556634914303386629e-01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('brier',2.74744511370870414523e-01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('log_loss',7.44880447669368228602e-01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.63201474126025374293e+01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('skewness',3.41804719594977879371e-01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('kurtosis',8.49450366585501726035e+00,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('sortino',-2.79772063913347572854e+01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.92697172930750282304e-02,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('total_return',-9.82021867956728300441e-03,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('turnover',1.14624505928853759328e-01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('n_predictions',558.0,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('n_bars',759.0,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('n_traded',558.0,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('hits',267.0,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('coverage',7.35177865612648195892e-01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('bars',759.0,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('win_rate',0.478494623655914,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('duration_seconds',1.91331533999971270532e-01,1795993647339,'bc44343c61fd466b98cdceb893a38ecc',0,0);
INSERT INTO "metrics" VALUES('ece',1.55595216225579868751e-01,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('sharpe',-3.42212930979489327043e+00,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('accuracy',0.477891156462585,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('ece_noise',2.09216937459355892259e-02,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.33503182663961955656e-02,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('ece_gap',1.55595216225581672864e-01,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('mce',1.70610614254164183467e-01,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('brier',0.275465208510981,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('log_loss',7.46348891171433548308e-01,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.63153535661772970395e+01,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('skewness',3.92169185764080441281e-01,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('kurtosis',7.64117232532269685663e+00,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('sortino',-4.97805112381760217488e+00,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.63471577909427567831e-02,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('total_return',-1.86003526269240548884e-03,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('turnover',1.48880105401844542445e-01,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('n_predictions',588.0,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('n_bars',759.0,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('n_traded',588.0,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('hits',281.0,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('coverage',7.74703557312252932831e-01,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('bars',759.0,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('win_rate',0.477891156462585,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('duration_seconds',1.87572026999987429007e-01,1795993647527,'f32a9a903d37448385b46fdc2d8ccb06',0,0);
INSERT INTO "metrics" VALUES('ece',1.44495312664359804033e-01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('sharpe',-8.89300871255656488756e+00,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('accuracy',4.81092436974789927628e-01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('ece_noise',2.50063608471965716228e-02,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.95100387207551562163e-02,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('ece_gap',1.44495312664359443211e-01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('mce',1.75583585847517376077e-01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('brier',2.73173538702676188538e-01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('log_loss',7.4161301658026423933e-01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.63161968591665882408e+01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('skewness',4.87864219774199525669e-01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('kurtosis',1.08865460467297943121e+01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('sortino',-1.27942948442628949838e+01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.17336523488151822647e-02,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('total_return',-4.04802264127679389815e-03,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('turnover',0.0922266139657444,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('n_predictions',476.0,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('n_bars',759.0,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('n_traded',476.0,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('hits',229.0,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('coverage',6.27140974967061892719e-01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('bars',759.0,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('win_rate',4.81092436974789927628e-01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('duration_seconds',1.23046172000044862215e-01,1795993647651,'a186aa1216a142a2a4ab4bcaa3f2fba1',0,0);
INSERT INTO "metrics" VALUES('ece',1.54091123055958928445e-01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('sharpe',-1.98681304725063299088e+01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('accuracy',0.478494623655914,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('ece_noise',2.17098552833316707499e-02,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.30439063550054762385e-02,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('ece_gap',1.54091123055960371734e-01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('mce',1.60556634914303386629e-01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('brier',2.74744511370870414523e-01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('log_loss',7.44880447669368228602e-01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.63201474126025374293e+01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('skewness',3.41804719594977879371e-01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('kurtosis',8.49450366585501726035e+00,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('sortino',-2.79772063913347572854e+01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.92697172930750282304e-02,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('total_return',-9.82021867956728300441e-03,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('turnover',1.14624505928853759328e-01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('n_predictions',558.0,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('n_bars',759.0,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('n_traded',558.0,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('hits',267.0,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('coverage',7.35177865612648195892e-01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('bars',759.0,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('win_rate',0.478494623655914,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('duration_seconds',1.07480624999993779056e-01,1795993647759,'553ac83710c5424fbddb4ca3c92580b8',0,0);
INSERT INTO "metrics" VALUES('ece',1.54091123055958928445e-01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('sharpe',-1.98681304725063299088e+01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('accuracy',0.478494623655914,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('ece_noise',2.17098552833316707499e-02,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('ece_noise_95',4.30439063550054762385e-02,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('ece_gap',1.54091123055960371734e-01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('mce',1.60556634914303386629e-01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('brier',2.74744511370870414523e-01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('log_loss',7.44880447669368228602e-01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('sharpe_se',2.63201474126025374293e+01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('skewness',3.41804719594977879371e-01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('kurtosis',8.49450366585501726035e+00,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('sortino',-2.79772063913347572854e+01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('max_drawdown',1.92697172930750282304e-02,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('total_return',-9.82021867956728300441e-03,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('turnover',1.14624505928853759328e-01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('n_predictions',558.0,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('n_bars',759.0,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('n_traded',558.0,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('hits',267.0,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('coverage',7.35177865612648195892e-01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('unchanged_share',0.0,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('bars',759.0,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('win_rate',0.478494623655914,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('duration_seconds',1.23329186999967532756e-01,1795993647883,'f65804b1b8364e2da82598133aab4f98',0,0);
INSERT INTO "metrics" VALUES('n_parameters',2.0,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('base_runs',2.0,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('n_moves',1.0,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('n_dead',1.0,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('n_unknown',0.0,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('base_accuracy',0.478494623655914,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('base_ece',1.54091123055958928445e-01,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('base_sharpe',-1.98681304725063299088e+01,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('base_n_predictions',558.0,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('noise_accuracy',0.0,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('noise_ece',0.0,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('noise_sharpe',0.0,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('noise_n_predictions',0.0,1795993651805,'047c1b45a27e4876b01ae4705338ea1b',0,0);
INSERT INTO "metrics" VALUES('total_trials',5.0,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('completed_trials',5.0,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('pruned_trials',0.0,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('failed_trials',0.0,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('ece_violations',0.0,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('ece_violations_beyond_noise',0.0,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_majority_accuracy',5.16567840948726875183e-01,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_majority_n_predictions',2867.0,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_majority_sharpe',1.5657582573943395587e+01,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_persistence_accuracy',0.503125,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_persistence_n_predictions',2880.0,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_persistence_sharpe',7.80524672866212654298e+00,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_accuracy',0.496875,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_n_predictions',2880.0,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_anti_persistence_sharpe',-7.80524672866212654298e+00,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_default_accuracy',5.16609880749574146285e-01,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_default_n_predictions',2348.0,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_default_ece',1.83599377096563161348e-02,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_default_sharpe',1.2540128247297262831e+01,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_champion_accuracy',5.23578363384188616436e-01,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_champion_n_predictions',1442.0,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_champion_ece',2.87334808834170084279e-02,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('baseline_champion_sharpe',8.85304388007137355032e+00,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('independent_trials',4.37709793986824102773e+00,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('effective_predictions',1.12133130703960614486e+03,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('psr',9.96315826283850070055e-01,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('dsr',9.01699936755476771921e-01,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('min_track_record_bars',1.08571816617257741204e+03,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('min_backtest_years',1.93951651360076723733e-03,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('pbo',7.00660450660450684345e-01,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('pbo_below_baseline',8.75679875679875735494e-02,1795993827060,'c85616e59ed64adba9d5abcde12865c7',4,0);
INSERT INTO "metrics" VALUES('holdout_openings',1.0,1795993846811,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('placebo_p',1.0,1795993846811,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('placebo_studies',2.0,1795993846811,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_accuracy',5.2714932126696834036e-01,1795993846811,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_difference',4.52488687782803822301e-03,1795993846811,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_openings',1.0,1795993880210,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('placebo_p',1.0,1795993880210,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('placebo_studies',2.0,1795993880210,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_accuracy',5.2714932126696834036e-01,1795993880210,'9681e3ccbe344e469a60ef211792469d',7,0);
INSERT INTO "metrics" VALUES('holdout_difference',4.52488687782803822301e-03,1795993880210,'9681e3ccbe344e469a60ef211792469d',7,0);
CREATE TABLE "model_definitions" (
	model_definition_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	secret_id VARCHAR(36), 
	provider VARCHAR(64) NOT NULL, 
	model_name VARCHAR(256) NOT NULL, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_definitions_pk PRIMARY KEY (model_definition_id), 
	CONSTRAINT fk_model_definitions_secret_id FOREIGN KEY(secret_id) REFERENCES secrets (secret_id) ON DELETE SET NULL, 
	CONSTRAINT uq_model_definitions_workspace_name UNIQUE (workspace, name)
);
CREATE TABLE "model_version_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value TEXT, 
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_version_tag_pk PRIMARY KEY (workspace, "key", name, version), 
	CONSTRAINT fk_model_version_tags_model_versions FOREIGN KEY(workspace, name, version) REFERENCES model_versions (workspace, name, version) ON UPDATE CASCADE
);
INSERT INTO "model_version_tags" VALUES('titan_mlopt.config_sha256','580f84708906d29119ef0444919da4ffe6383735ae1e93b354afb58084858fc5','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.study_uid','c7ee1fc2544143b6bf560617761a71cd','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.study','nightly','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.trial','5','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.candles_sha256','3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.accuracy','0.5317073170731708','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.hits','327.0','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.n_predictions','615.0','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.ece','0.036163790437590236','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.ece_noise','0.020651065943612885','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.sharpe','2.639204027493442','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.sharpe_se','19.753557425357684','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.model_id','m-6e1b75b6e2ab48d4b7dbb4372183c2e7','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.decision','{"config_sha256":"580f84708906d29119ef0444919da4ffe6383735ae1e93b354afb58084858fc5","decision":{"alpha":0.02,"bars_needed":null,"evidence":{"accuracy":[{"accuracy_candidate":0.5271493212669683,"accuracy_rival":0.5,"bootstrap":{"block_length":1.0,"difference":0.02714932126696834,"high":0.07254765096642674,"low":-0.01943942353773498,"n":899,"p_greater":0.132,"p_less":0.8692,"resamples":4999,"standard_error":0.0238036507684434},"mcnemar":{"p_greater":0.1270727009789378,"p_less":0.8729272990210621,"statistic":1.1415635859707858},"n_candidate":442,"n_rival":442,"rival":"coin"},{"accuracy_candidate":0.5271493212669683,"accuracy_rival":0.5226244343891403,"bootstrap":{"block_length":1.0,"difference":0.004524886877828038,"high":0.059283831204220955,"low":-0.050858060345726375,"n":899,"p_greater":0.433,"p_less":0.5686,"resamples":4999,"standard_error":0.028333836463695868},"mcnemar":{"p_greater":0.4366240696485022,"p_less":0.5633759303514978,"statistic":0.16012815380508713},"n_candidate":442,"n_rival":442,"rival":"majority class"},{"accuracy_candidate":0.5271493212669683,"accuracy_rival":0.5180995475113123,"bootstrap":{"block_length":1.0,"difference":0.009049773755656076,"high":0.059483625057792394,"low":-0.04045949960521876,"n":899,"p_greater":0.3714,"p_less":0.6298,"resamples":4999,"standard_error":0.02563157894250519},"mcnemar":{"p_greater":0.36242718348588043,"p_less":0.6375728165141196,"statistic":0.35355339059327373},"n_candidate":442,"n_rival":442,"rival":"persistence"},{"accuracy_candidate":0.5271493212669683,"accuracy_rival":0.4819004524886878,"bootstrap":{"block_length":1.0,"difference":0.04524886877828055,"high":0.12213010976428755,"low":-0.0361427809282934,"n":899,"p_greater":0.1344,"p_less":0.8658,"resamples":4999,"standard_error":0.04026402915103395},"mcnemar":{"p_greater":0.12988145191408307,"p_less":0.8701185480859169,"statistic":1.1286652959662007},"n_candidate":442,"n_rival":442,"rival":"anti-persistence"}],"brier":{"candidate":0.25150508395587795,"diebold_mariano":{"p_greater":0.2501399566329936,"p_less":0.7498600433670064,"statistic":0.6746055238078993},"n":442,"rival":0.25},"calibration":{"ece":0.010551256922359226,"floor":0.021507642866452015,"floor_95":0.05053471592831951,"n":442,"p_value":0.7482517482517482},"candidates":1,"coverage":[0.4916573971078977,null],"deflated_sharpe":0.2299434085729009,"drawdown":[0.007485531339792573,null],"ece_difference":null,"has_champion":false,"n_bars":899,"overfitting":{"baseline":0.5,"below_baseline":0.2508935508935509,"degradation":0.030338772587008674,"inside":0.5450189624767942,"metric":"accuracy","outside":0.5146801898897855,"parts":16,"pbo":0.8242424242424242,"splits":12870,"trials":6},"sharpe":{"bootstrap":{"block_length":1.0,"difference":0.01301234603662301,"high":0.07640218519420867,"low":-0.05064123318482396,"n":899,"p_greater":0.3758120939530235,"p_less":0.624687656171914,"resamples":2000,"standard_error":0.032932638996288045},"candidate":9.433726523090218,"psr":{"p_greater":0.3472537299721238,"p_less":0.6527462700278762,"statistic":0.39274550180145484},"rival":0.0}},"findings":[{"role":"decides","sentence":"442 predictions on bars that moved; at least 100 are needed","status":"passed","test":"predictions","threshold":100,"value":442},{"role":"decides","sentence":"52.7% on 442 predictions against 50.0% of the coin: +2.7 (-1.9 to +7.3)","status":"passed","test":"accuracy over the coin","threshold":0.005,"value":0.02714932126696834},{"role":"decides","sentence":"p = 0.13 in 4,999 resamples with blocks of 1.0 bars; at most 0.02 is needed","status":"failed","test":"accuracy over the coin, stationary bootstrap","threshold":0.02,"value":0.132},{"role":"decides","sentence":"p = 0.13; at most 0.02 is needed","status":"failed","test":"accuracy over the coin, McNemar mid-p","threshold":0.02,"value":0.1270727009789378},{"role":"decides","sentence":"52.7% on 442 predictions against 52.3% of the majority class: +0.5 (-5.1 to +5.9)","status":"failed","test":"accuracy over the majority class","threshold":0.005,"value":0.004524886877828038},{"role":"decides","sentence":"p = 0.43 in 4,999 resamples with blocks of 1.0 bars; at most 0.02 is needed","status":"failed","test":"accuracy over the majority class, stationary bootstrap","threshold":0.02,"value":0.433},{"role":"decides","sentence":"p = 0.44; at most 0.02 is needed","status":"failed","test":"accuracy over the majority class, McNemar mid-p","threshold":0.02,"value":0.4366240696485022},{"role":"decides","sentence":"52.7% on 442 predictions against 51.8% of persistence: +0.9 (-4.0 to +5.9)","status":"passed","test":"accuracy over persistence","threshold":0.005,"value":0.009049773755656076},{"role":"decides","sentence":"p = 0.37 in 4,999 resamples with blocks of 1.0 bars; at most 0.02 is needed","status":"failed","test":"accuracy over persistence, stationary bootstrap","threshold":0.02,"value":0.3714},{"role":"decides","sentence":"p = 0.36; at most 0.02 is needed","status":"failed","test":"accuracy over persistence, McNemar mid-p","threshold":0.02,"value":0.36242718348588043},{"role":"decides","sentence":"52.7% on 442 predictions against 48.2% of anti-persistence: +4.5 (-3.6 to +12.2)","status":"passed","test":"accuracy over anti-persistence","threshold":0.005,"value":0.04524886877828055},{"role":"decides","sentence":"p = 0.13 in 4,999 resamples with blocks of 1.0 bars; at most 0.02 is needed","status":"failed","test":"accuracy over anti-persistence, stationary bootstrap","threshold":0.02,"value":0.1344},{"role":"decides","sentence":"p = 0.13; at most 0.02 is needed","status":"failed","test":"accuracy over anti-persistence, McNemar mid-p","threshold":0.02,"value":0.12988145191408307},{"role":"guards","sentence":"predicts on 49% of the bars; no champion to compare with","status":"unknown","test":"coverage","threshold":null,"value":0.4916573971078977},{"role":"guards","sentence":"9.43 a year against 0.00 without a position; luck alone does as badly with p = 0.62","status":"passed","test":"Sharpe ratio not worse, stationary bootstrap","threshold":0.02,"value":0.624687656171914},{"role":"guards","sentence":"9.43 a year against 0.00 without a position; luck alone does as badly with p = 0.65","status":"passed","test":"Sharpe ratio not worse, probabilistic Sharpe ratio","threshold":0.02,"value":0.6527462700278762},{"role":"guards","sentence":"0.2515 against 0.2500 of saying 50 %, less is better; luck alone does as badly with p = 0.25","status":"passed","test":"Brier score not worse, Diebold-Mariano","threshold":0.02,"value":0.2501399566329936},{"role":"guards","sentence":"0.011; perfect calibration shows up to 0.051 at this n (p = 0.75)","status":"passed","test":"calibration error","threshold":0.05053471592831951,"value":0.010551256922359226},{"role":"guards","sentence":"0.7%; no champion to compare with","status":"unknown","test":"drawdown","threshold":null,"value":0.007485531339792573},{"role":"warns","sentence":"0.23 that the chosen trial''s Sharpe ratio is more than the luck of the search","status":"failed","test":"deflated Sharpe ratio","threshold":0.95,"value":0.2299434085729009},{"role":"warns","sentence":"the best trial of one half of the time is below the other''s median in 82%","status":"failed","test":"probability of backtest overfitting","threshold":0.5,"value":0.8242424242424242},{"role":"warns","sentence":"the best trial of one half of the time is no better than chance in 25%","status":"failed","test":"chosen trial not above its baseline out of sample","threshold":0.2,"value":0.2508935508935509}],"sentence":"No improvement worth a change: 52.7% on 442 predictions against 52.3% of the majority class: +0.5 (-5.1 to +5.9); at least +0.5 are asked for.","smallest_visible":0.1342926356002249,"thresholds":{"alpha":0.02,"below_baseline_warn":0.2,"drawdown_factor":1.25,"drawdown_points":0.005,"dsr_block":0.0,"dsr_warn":0.95,"ece_limit":0.05,"ece_margin":0.01,"guard_alpha":0.02,"min_coverage_ratio":0.5,"min_improvement":0.005,"min_predictions":100,"pbo_block":1.0,"pbo_warn":0.5,"power":0.9},"verdict":"KEEP_CHAMPION"},"opening":1,"rival":"","rival_sha256":"","sentence":"No improvement worth a change: 52.7% on 442 predictions against 52.3% of the majority class: +0.5 (-5.1 to +5.9); at least +0.5 are asked for.","trial":5,"verdict":"KEEP_CHAMPION","when":"2026-11-29T23:05:30Z"}','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.verdict','KEEP_CHAMPION','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.holdout_openings','1','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.forced.20261129T230626865','{"at":"2026-11-29T23:06:26.865+00:00","reason":"kept for the tests","verdict":"KEEP_CHAMPION","who":"root@host"}','titan-config',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.config_sha256','392b82c3ea2f1fa69cf6c23bf2e4ac523528b29e0f250b4e3584c0cdf6116ecf','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.study_uid','9a91e8e91cb2429bab6fd7fd69ad17a7','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.study','pareto','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.trial','1','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.candles_sha256','12ab289baa8bc18f6e880436684d310c607185e3c76fbdcf2249566e2fe8db96','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.accuracy','0.5292740046838408','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.hits','678.0','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.n_predictions','1281.0','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.ece','0.010010402286624736','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.ece_noise','0.013283036415081986','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.sharpe','25.20730392267952','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.sharpe_se','13.51333837060943','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.model_id','m-95a365fcc0544a0fb6fa5136ad87e474','titan-config',2,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.config_sha256','f2236abdd61dc36b44691290e37d418c3596b9c62aeab22f0fbc4bce890669a0','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.study_uid','adeb5f29b8204fe6a822af96d13d01b7','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.study','titan','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.trial','2','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.accuracy','0.5066921606118547','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.hits','265.0','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.n_predictions','523.0','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.ece','0.1210961559730204','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.ece_noise','0.02140694098233181','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.sharpe','16.906071791928024','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.sharpe_se','26.318784217300653','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.model_id','m-60587f91029744babe5539577bd9c645','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.forced.20261129T230745042','{"at":"2026-11-29T23:07:45.042+00:00","reason":"kept for the tests","verdict":"not asked","who":"root@host"}','titan-external',1,'default');
INSERT INTO "model_version_tags" VALUES('titan_mlopt.applied','2026-11-29T23:07:56+00:00','titan-external',1,'default');
CREATE TABLE "model_versions" (
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	user_id VARCHAR(256), 
	current_stage VARCHAR(20), 
	source VARCHAR(500), 
	run_id VARCHAR(32), 
	status VARCHAR(20), 
	status_message VARCHAR(500), 
	run_link VARCHAR(500), 
	storage_location VARCHAR(500), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_version_pk PRIMARY KEY (workspace, name, version), 
	CONSTRAINT fk_model_versions_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
INSERT INTO "model_versions" VALUES('titan-config',1,1795993507141,1795993587457,'Best config of study `nightly`, trial 5, tuned with `titan_mlopt.backtest.runner:run_backtest`.

**Promoted without the gate''s word** (its last: `KEEP_CHAMPION`) on `2026-11-29T23:06:26.865+00:00` by `root@host`: kept for the tests

**KEEP CHAMPION: No improvement worth a change: 52.7% on 442 predictions against 52.3% of the majority class: +0.5 (-5.1 to +5.9); at least +0.5 are asked for.** Judged on `2026-11-29T23:05:30Z` against the coin and every simple rule; hold-out opened 1 time.

| metric | value |
|---|---|
| accuracy | 0.5317 (n=615, 95 % 0.492 to 0.571) |
| ECE | 0.0362 (noise floor 0.0207) |
| Sharpe, annualised | 2.64 (± 19.75) |
| coverage | 0.4566 |
| brier | 0.2528 |
| log_loss | 0.699 |
| max_drawdown | 0.008903 |
| total_return | 0.0008544 |
| turnover | 0.2806 |
| n_traded | 264 |

Its metrics are in-sample: the best of many trials looks better than it is.

Candles: `sample`, 2098 of them, `2024-01-01T00:00:00Z` to `2024-01-02T10:57:00Z`.

SHA-256 of the candles `3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e`, of the config `580f84708906d29119ef0444919da4ffe6383735ae1e93b354afb58084858fc5`.

| test | role | value | threshold | status |
|---|---|---|---|---|
| predictions | decides | 442 | 100 | passed |
| accuracy over the coin | decides | 0.0271 | 0.005 | passed |
| accuracy over the coin, stationary bootstrap | decides | 0.132 | 0.02 | failed |
| accuracy over the coin, McNemar mid-p | decides | 0.127 | 0.02 | failed |
| accuracy over the majority class | decides | 0.00452 | 0.005 | failed |
| accuracy over the majority class, stationary bootstrap | decides | 0.433 | 0.02 | failed |
| accuracy over the majority class, McNemar mid-p | decides | 0.437 | 0.02 | failed |
| accuracy over persistence | decides | 0.00905 | 0.005 | passed |
| accuracy over persistence, stationary bootstrap | decides | 0.371 | 0.02 | failed |
| accuracy over persistence, McNemar mid-p | decides | 0.362 | 0.02 | failed |
| accuracy over anti-persistence | decides | 0.0452 | 0.005 | passed |
| accuracy over anti-persistence, stationary bootstrap | decides | 0.134 | 0.02 | failed |
| accuracy over anti-persistence, McNemar mid-p | decides | 0.13 | 0.02 | failed |
| coverage | guards | 0.492 | - |  |
| Sharpe ratio not worse, stationary bootstrap | guards | 0.625 | 0.02 | passed |
| Sharpe ratio not worse, probabilistic Sharpe ratio | guards | 0.653 | 0.02 | passed |
| Brier score not worse, Diebold-Mariano | guards | 0.25 | 0.02 | passed |
| calibration error | guards | 0.0106 | 0.0505 | passed |
| drawdown | guards | 0.00749 | - |  |
| deflated Sharpe ratio | warns | 0.23 | 0.95 | failed |
| probability of backtest overfitting | warns | 0.824 | 0.5 | failed |
| chosen trial not above its baseline out of sample | warns | 0.251 | 0.2 | failed |
',NULL,'None','@FOLDER@/mlruns/1/models/m-6e1b75b6e2ab48d4b7dbb4372183c2e7/artifacts','9681e3ccbe344e469a60ef211792469d','READY',NULL,NULL,'@FOLDER@/mlruns/1/models/m-6e1b75b6e2ab48d4b7dbb4372183c2e7/artifacts','default');
INSERT INTO "model_versions" VALUES('titan-config',2,1795993597202,1795993597202,'Best config of study `pareto`, trial 1, tuned with `titan_mlopt.backtest.runner:run_backtest`.

Verdict: none yet.

| metric | value |
|---|---|
| accuracy | 0.5293 (n=1,281, 95 % 0.502 to 0.556) |
| ECE | 0.0100 (noise floor 0.0133) |
| Sharpe, annualised | 25.21 (± 13.51) |
| coverage | 0.4448 |
| brier | 0.2494 |
| log_loss | 0.692 |
| max_drawdown | 0.0002682 |
| total_return | 0.00124 |
| turnover | 0.005556 |
| n_traded | 8 |

Its metrics are in-sample: the best of many trials looks better than it is.

Candles: `sample`, 3000 of them, `2024-01-01T00:00:00Z` to `2024-01-03T01:59:00Z`.

SHA-256 of the candles `12ab289baa8bc18f6e880436684d310c607185e3c76fbdcf2249566e2fe8db96`, of the config `392b82c3ea2f1fa69cf6c23bf2e4ac523528b29e0f250b4e3584c0cdf6116ecf`.
',NULL,'None','@FOLDER@/mlruns/1/models/m-95a365fcc0544a0fb6fa5136ad87e474/artifacts','c85616e59ed64adba9d5abcde12865c7','READY',NULL,NULL,'@FOLDER@/mlruns/1/models/m-95a365fcc0544a0fb6fa5136ad87e474/artifacts','default');
INSERT INTO "model_versions" VALUES('titan-external',1,1795993620806,1795993665429,'Best config of study `titan`, trial 2, tuned with `titan.core.backtest:run_backtest`.

**Promoted without the gate''s word** (its last: `not asked`) on `2026-11-29T23:07:45.042+00:00` by `root@host`: kept for the tests

Verdict: none yet.

| metric | value |
|---|---|
| accuracy | 0.5067 (n=523, 95 % 0.464 to 0.549) |
| ECE | 0.1211 (noise floor 0.0214) |
| Sharpe, annualised | 16.91 (± 26.32) |
| coverage | 0.6891 |
| brier | 0.2651 |
| log_loss | 0.7245 |
| max_drawdown | 0.01227 |
| total_return | 0.008135 |
| turnover | 0.08827 |
| n_traded | 523 |

Its metrics are in-sample: the best of many trials looks better than it is.

Candles: `sample`, 800 of them, `2024-01-01T00:00:00Z` to `2024-01-01T13:19:00Z`.

SHA-256 of the candles `fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622`, of the config `f2236abdd61dc36b44691290e37d418c3596b9c62aeab22f0fbc4bce890669a0`.
',NULL,'None','@FOLDER@/mlruns/1/models/m-60587f91029744babe5539577bd9c645/artifacts','534b2d70ee734ac49099773ad2401d45','READY',NULL,NULL,'@FOLDER@/mlruns/1/models/m-60587f91029744babe5539577bd9c645/artifacts','default');
CREATE TABLE online_scoring_configs (
	online_scoring_config_id VARCHAR(36) NOT NULL, 
	scorer_id VARCHAR(36) NOT NULL, 
	sample_rate FLOAT NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	filter_string TEXT, 
	CONSTRAINT online_scoring_config_pk PRIMARY KEY (online_scoring_config_id), 
	CONSTRAINT fk_online_scoring_configs_scorer_id FOREIGN KEY(scorer_id) REFERENCES scorers (scorer_id) ON DELETE CASCADE, 
	CONSTRAINT fk_online_scoring_configs_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
CREATE TABLE "params" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000) NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "params" VALUES('n_trials','8','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('timeout_per_trial','300.0','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('study_name','nightly','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('pruner_type','median','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('n_jobs','1','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('objective_type','accuracy','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('ece_constraint','0.05','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('min_predictions','100','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('accuracy_weight','0.7','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('sharpe_weight','0.3','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('seed','42','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('limit','3000','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('holdout','0.3','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('segments','2','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('n_startup_trials','5','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('n_warmup_steps','10','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('interval_steps','5','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('min_resource','10','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('max_resource','1000','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('reduction_factor','3','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('racing_confidence','0.95','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('deterministic','False','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('backtest','None','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('backtest_path','None','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('repeat','1','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('scratch','None','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('memory_per_trial','2GB','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('backup','True','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('executor','local','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('scheduler','None','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('tracking','True','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('experiment','None','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('register_as','titan-config','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('register_stopped','False','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('retry','True','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('candles_path','sample','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "params" VALUES('feature.fast_window','6','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('feature.slow_window','16','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('feature.rsi_window','18','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('model.flat_threshold','0.5024022883620672','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('model.rsi_oversold','31','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('model.rsi_overbought','68','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5985847522441448','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.41221488498081843','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('pattern.max_boost','0.021869050572685334','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('pattern.max_penalty','0.039984457811180305','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('ml.n_estimators','120','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('ml.max_depth','10','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('ml.learning_rate','0.17043916303383017','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('ml.num_leaves','35','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.6017519724265569','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5558634416248179','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('online.learning_rate','0.005149851571719959','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('online.min_weight','0.17730830940065812','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('online.max_weight','0.49149509565314287','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5798864440044422','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('ensemble.min_margin','0.09617398114296674','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "params" VALUES('feature.fast_window','6','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('feature.slow_window','20','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('feature.rsi_window','19','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('model.flat_threshold','0.5127533664480307','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('model.rsi_oversold','26','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('model.rsi_overbought','72','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5973324887093973','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.43477469766905863','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('pattern.max_boost','0.03543865220804057','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('pattern.max_penalty','0.04929827325233999','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('ml.n_estimators','172','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('ml.max_depth','10','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('ml.learning_rate','0.03419353680635226','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('ml.num_leaves','47','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.6372061807409587','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5781494854148058','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('online.learning_rate','0.006630442897262174','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('online.min_weight','0.06538850377593769','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('online.max_weight','0.4008719033161376','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5773595183984764','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('ensemble.min_margin','0.09945333289990514','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "params" VALUES('feature.fast_window','6','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('feature.slow_window','29','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('feature.rsi_window','18','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('model.flat_threshold','0.5835671676682299','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('model.rsi_oversold','34','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('model.rsi_overbought','73','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5585673326533414','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.4070072787866563','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('pattern.max_boost','0.016008170207180233','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('pattern.max_penalty','0.039421155316165336','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('ml.n_estimators','139','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('ml.max_depth','5','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('ml.learning_rate','0.018788013160576416','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('ml.num_leaves','44','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.636710348236428','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5486013080892111','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('online.learning_rate','0.003930736532042106','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('online.min_weight','0.09125555102491256','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('online.max_weight','0.438545882598268','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5171255514217942','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('ensemble.min_margin','0.07195125014545438','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "params" VALUES('feature.fast_window','4','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('feature.slow_window','15','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('feature.rsi_window','11','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('model.flat_threshold','0.5494673252203185','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('model.rsi_oversold','31','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('model.rsi_overbought','71','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5398225464446836','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.430353242512618','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('pattern.max_boost','0.023504603918114382','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('pattern.max_penalty','0.04719828537748752','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('ml.n_estimators','132','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('ml.max_depth','5','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('ml.learning_rate','0.04861802403727526','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('ml.num_leaves','23','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.7185760298297603','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5243160937666881','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('online.learning_rate','0.052459761997938614','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('online.min_weight','0.1206192154350348','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('online.max_weight','0.588377703905116','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5299510840503731','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('ensemble.min_margin','0.08371050512189115','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "params" VALUES('feature.fast_window','4','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('feature.slow_window','20','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('feature.rsi_window','13','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('model.flat_threshold','0.5696749690090919','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('model.rsi_oversold','25','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('model.rsi_overbought','75','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5531387618970935','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.41252729162542495','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('pattern.max_boost','0.011746105880152027','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('pattern.max_penalty','0.02315995421393352','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('ml.n_estimators','57','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('ml.max_depth','5','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('ml.learning_rate','0.11834023886848895','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('ml.num_leaves','31','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.6095470139573773','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5226812120563199','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('online.learning_rate','0.0014000343680917377','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('online.min_weight','0.10271032535275869','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('online.max_weight','0.4894489906916284','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5604330107036142','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('ensemble.min_margin','0.08116874684503148','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "params" VALUES('feature.fast_window','6','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('feature.slow_window','25','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('feature.rsi_window','17','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('model.flat_threshold','0.5249142625825081','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('model.rsi_oversold','27','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('model.rsi_overbought','74','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5625676499307497','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.43515838054942','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('pattern.max_boost','0.04884770774171914','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('pattern.max_penalty','0.04651421336576161','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('ml.n_estimators','157','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('ml.max_depth','4','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('ml.learning_rate','0.10499587198478323','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('ml.num_leaves','44','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.7442127897488039','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5800691800376444','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('online.learning_rate','0.0013933272836154868','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('online.min_weight','0.17651770895973723','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('online.max_weight','0.4348204371253213','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.573931433040368','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('ensemble.min_margin','0.07841961989943522','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "params" VALUES('feature.fast_window','10','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('feature.slow_window','25','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('feature.rsi_window','15','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('model.flat_threshold','0.5993733383036252','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('model.rsi_oversold','30','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('model.rsi_overbought','65','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5466035534980199','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.43389289341636894','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('pattern.max_boost','0.020942274733147345','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('pattern.max_penalty','0.04292340739693317','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('ml.n_estimators','129','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('ml.max_depth','8','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('ml.learning_rate','0.02036852786921346','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('ml.num_leaves','26','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.6661262984715123','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5349801138153347','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('online.learning_rate','0.004459000271024176','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('online.min_weight','0.1265526175502647','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('online.max_weight','0.40240971387355834','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5115078769604882','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('ensemble.min_margin','0.04782234821004993','43096db5ef74448da9694cc43aa94755');
INSERT INTO "params" VALUES('feature.fast_window','3','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('feature.slow_window','29','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('feature.rsi_window','13','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('model.flat_threshold','0.5122506907236474','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('model.rsi_oversold','26','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('model.rsi_overbought','74','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5723541448846996','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.436249201025977','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('pattern.max_boost','0.02353751168171221','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('pattern.max_penalty','0.038882528703481','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('ml.n_estimators','167','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('ml.max_depth','5','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('ml.learning_rate','0.02074000774044314','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('ml.num_leaves','27','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.6880800910045759','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5609029483516131','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('online.learning_rate','0.004345212951533646','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('online.min_weight','0.07340514298534973','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('online.max_weight','0.41580615146148264','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5333951173639098','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('ensemble.min_margin','0.04454450164888325','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "params" VALUES('n_trials','5','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('timeout_per_trial','300.0','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('study_name','pareto','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('pruner_type','median','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('n_jobs','1','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('objective_type','multi','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('ece_constraint','0.05','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('min_predictions','100','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('accuracy_weight','0.7','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('sharpe_weight','0.3','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('seed','42','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('limit','3000','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('holdout','0.0','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('segments','1','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('n_startup_trials','5','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('n_warmup_steps','None','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('interval_steps','5','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('min_resource','10','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('max_resource','1000','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('reduction_factor','3','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('racing_confidence','0.95','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('deterministic','False','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('backtest','None','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('backtest_path','None','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('repeat','1','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('scratch','None','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('memory_per_trial','2GB','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('backup','True','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('executor','local','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('scheduler','None','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('tracking','True','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('experiment','None','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('register_as','titan-config','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('register_stopped','False','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('retry','True','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('candles_path','sample','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "params" VALUES('feature.fast_window','6','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('feature.slow_window','16','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('feature.rsi_window','18','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('model.flat_threshold','0.5024022883620672','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('model.rsi_oversold','31','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('model.rsi_overbought','68','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5985847522441448','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.41221488498081843','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('pattern.max_boost','0.021869050572685334','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('pattern.max_penalty','0.039984457811180305','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('ml.n_estimators','120','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('ml.max_depth','10','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('ml.learning_rate','0.17043916303383017','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('ml.num_leaves','35','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.6017519724265569','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5558634416248179','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('online.learning_rate','0.005149851571719959','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('online.min_weight','0.17730830940065812','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('online.max_weight','0.49149509565314287','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5798864440044422','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('ensemble.min_margin','0.09617398114296674','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "params" VALUES('feature.fast_window','6','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('feature.slow_window','20','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('feature.rsi_window','19','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('model.flat_threshold','0.5127533664480307','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('model.rsi_oversold','26','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('model.rsi_overbought','72','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5973324887093973','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.43477469766905863','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('pattern.max_boost','0.03543865220804057','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('pattern.max_penalty','0.04929827325233999','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('ml.n_estimators','172','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('ml.max_depth','10','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('ml.learning_rate','0.03419353680635226','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('ml.num_leaves','47','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.6372061807409587','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5781494854148058','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('online.learning_rate','0.006630442897262174','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('online.min_weight','0.06538850377593769','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('online.max_weight','0.4008719033161376','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5773595183984764','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('ensemble.min_margin','0.09945333289990514','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "params" VALUES('feature.fast_window','6','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('feature.slow_window','29','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('feature.rsi_window','18','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('model.flat_threshold','0.5835671676682299','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('model.rsi_oversold','34','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('model.rsi_overbought','73','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5585673326533414','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.4070072787866563','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('pattern.max_boost','0.016008170207180233','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('pattern.max_penalty','0.039421155316165336','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('ml.n_estimators','139','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('ml.max_depth','5','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('ml.learning_rate','0.018788013160576416','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('ml.num_leaves','44','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.636710348236428','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5486013080892111','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('online.learning_rate','0.003930736532042106','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('online.min_weight','0.09125555102491256','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('online.max_weight','0.438545882598268','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5171255514217942','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('ensemble.min_margin','0.07195125014545438','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "params" VALUES('feature.fast_window','4','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('feature.slow_window','15','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('feature.rsi_window','11','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('model.flat_threshold','0.5494673252203185','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('model.rsi_oversold','31','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('model.rsi_overbought','71','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5398225464446836','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.430353242512618','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('pattern.max_boost','0.023504603918114382','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('pattern.max_penalty','0.04719828537748752','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('ml.n_estimators','132','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('ml.max_depth','5','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('ml.learning_rate','0.04861802403727526','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('ml.num_leaves','23','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.7185760298297603','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5243160937666881','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('online.learning_rate','0.052459761997938614','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('online.min_weight','0.1206192154350348','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('online.max_weight','0.588377703905116','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5299510840503731','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('ensemble.min_margin','0.08371050512189115','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "params" VALUES('feature.fast_window','4','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('feature.slow_window','20','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('feature.rsi_window','13','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('model.flat_threshold','0.5696749690090919','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('model.rsi_oversold','25','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('model.rsi_overbought','75','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5531387618970935','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.41252729162542495','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('pattern.max_boost','0.011746105880152027','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('pattern.max_penalty','0.02315995421393352','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('ml.n_estimators','57','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('ml.max_depth','5','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('ml.learning_rate','0.11834023886848895','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('ml.num_leaves','31','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.6095470139573773','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5226812120563199','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('online.learning_rate','0.0014000343680917377','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('online.min_weight','0.10271032535275869','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('online.max_weight','0.4894489906916284','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5604330107036142','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('ensemble.min_margin','0.08116874684503148','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "params" VALUES('n_trials','4','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('timeout_per_trial','300.0','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('study_name','titan','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('pruner_type','median','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('n_jobs','1','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('objective_type','accuracy','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('ece_constraint','0.05','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('min_predictions','100','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('accuracy_weight','0.7','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('sharpe_weight','0.3','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('seed','42','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('limit','800','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('holdout','0.0','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('segments','1','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('n_startup_trials','5','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('n_warmup_steps','None','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('interval_steps','5','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('min_resource','10','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('max_resource','1000','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('reduction_factor','3','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('racing_confidence','0.95','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('deterministic','False','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('backtest','titan.core.backtest:run_backtest','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('backtest_path','@STANDIN@','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('repeat','1','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('scratch','None','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('memory_per_trial','2GB','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('backup','True','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('executor','local','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('scheduler','None','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('tracking','True','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('experiment','None','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('register_as','titan-external','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('register_stopped','False','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('retry','True','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('candles_path','sample','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "params" VALUES('feature.fast_window','6','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('feature.slow_window','16','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('feature.rsi_window','18','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('model.flat_threshold','0.5024022883620672','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('model.rsi_oversold','31','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('model.rsi_overbought','68','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5985847522441448','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.41221488498081843','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('pattern.max_boost','0.021869050572685334','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('pattern.max_penalty','0.039984457811180305','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('ml.n_estimators','120','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('ml.max_depth','10','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('ml.learning_rate','0.17043916303383017','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('ml.num_leaves','35','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.6017519724265569','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5558634416248179','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('online.learning_rate','0.005149851571719959','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('online.min_weight','0.17730830940065812','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('online.max_weight','0.49149509565314287','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5798864440044422','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('ensemble.min_margin','0.09617398114296674','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "params" VALUES('feature.fast_window','6','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('feature.slow_window','20','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('feature.rsi_window','19','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('model.flat_threshold','0.5127533664480307','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('model.rsi_oversold','26','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('model.rsi_overbought','72','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5973324887093973','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.43477469766905863','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('pattern.max_boost','0.03543865220804057','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('pattern.max_penalty','0.04929827325233999','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('ml.n_estimators','172','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('ml.max_depth','10','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('ml.learning_rate','0.03419353680635226','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('ml.num_leaves','47','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.6372061807409587','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5781494854148058','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('online.learning_rate','0.006630442897262174','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('online.min_weight','0.06538850377593769','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('online.max_weight','0.4008719033161376','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5773595183984764','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('ensemble.min_margin','0.09945333289990514','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "params" VALUES('feature.fast_window','6','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('feature.slow_window','29','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('feature.rsi_window','18','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('model.flat_threshold','0.5835671676682299','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('model.rsi_oversold','34','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('model.rsi_overbought','73','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5585673326533414','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.4070072787866563','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('pattern.max_boost','0.016008170207180233','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('pattern.max_penalty','0.039421155316165336','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('ml.n_estimators','139','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('ml.max_depth','5','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('ml.learning_rate','0.018788013160576416','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('ml.num_leaves','44','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.636710348236428','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5486013080892111','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('online.learning_rate','0.003930736532042106','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('online.min_weight','0.09125555102491256','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('online.max_weight','0.438545882598268','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5171255514217942','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('ensemble.min_margin','0.07195125014545438','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "params" VALUES('feature.fast_window','4','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('feature.slow_window','15','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('feature.rsi_window','11','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('model.flat_threshold','0.5494673252203185','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('model.rsi_oversold','31','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('model.rsi_overbought','71','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('pattern.boost_threshold','0.5398225464446836','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('pattern.penalty_threshold','0.430353242512618','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('pattern.max_boost','0.023504603918114382','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('pattern.max_penalty','0.04719828537748752','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('ml.n_estimators','132','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('ml.max_depth','5','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('ml.learning_rate','0.04861802403727526','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('ml.num_leaves','23','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('confidence_compressor.max_confidence','0.7185760298297603','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('confidence_filter.threshold','0.5243160937666881','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('online.learning_rate','0.052459761997938614','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('online.min_weight','0.1206192154350348','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('online.max_weight','0.588377703905116','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('ensemble.flat_threshold','0.5299510840503731','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('ensemble.min_margin','0.08371050512189115','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "params" VALUES('limit','800','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "params" VALUES('n_jobs','1','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "params" VALUES('timeout_per_trial','300.0','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "params" VALUES('seed','42','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "params" VALUES('backtest','titan.core.backtest:run_backtest','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "params" VALUES('backtest_path','@STANDIN@','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "params" VALUES('repeat','1','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "params" VALUES('scratch','None','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "params" VALUES('feature.fast_window','3','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "params" VALUES('feature.fast_window','10','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "params" VALUES('ml.max_depth','4','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "params" VALUES('ml.max_depth','10','f65804b1b8364e2da82598133aab4f98');
CREATE TABLE "registered_model_aliases" (
	alias VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_alias_pk PRIMARY KEY (workspace, name, alias), 
	CONSTRAINT fk_registered_model_aliases_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "registered_model_aliases" VALUES('challenger',2,'titan-config','default');
INSERT INTO "registered_model_aliases" VALUES('champion',1,'titan-config','default');
INSERT INTO "registered_model_aliases" VALUES('challenger',1,'titan-external','default');
INSERT INTO "registered_model_aliases" VALUES('champion',1,'titan-external','default');
CREATE TABLE "registered_model_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	name VARCHAR(256) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_tag_pk PRIMARY KEY (workspace, "key", name), 
	CONSTRAINT fk_registered_model_tags_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
INSERT INTO "registered_model_tags" VALUES('titan_mlopt.move.000001.a69a4d73','{"alias": "challenger", "before": null, "after": "1", "who": "root@host", "at": "2026-11-29T23:05:06.384+00:00", "how": "register", "reason": ""}','titan-config','default');
INSERT INTO "registered_model_tags" VALUES('titan_mlopt.move.000002.84160be3','{"alias": "champion", "before": null, "after": "1", "who": "root@host", "at": "2026-11-29T23:06:26.865+00:00", "how": "force", "reason": "kept for the tests"}','titan-config','default');
INSERT INTO "registered_model_tags" VALUES('titan_mlopt.move.000003.6e2f339e','{"alias": "challenger", "before": "1", "after": "2", "who": "root@host", "at": "2026-11-29T23:06:36.494+00:00", "how": "register", "reason": ""}','titan-config','default');
INSERT INTO "registered_model_tags" VALUES('titan_mlopt.move.000001.9889b478','{"alias": "challenger", "before": null, "after": "1", "who": "root@host", "at": "2026-11-29T23:07:00.253+00:00", "how": "register", "reason": ""}','titan-external','default');
INSERT INTO "registered_model_tags" VALUES('titan_mlopt.move.000002.51acb314','{"alias": "champion", "before": null, "after": "1", "who": "root@host", "at": "2026-11-29T23:07:45.042+00:00", "how": "force", "reason": "kept for the tests"}','titan-external','default');
CREATE TABLE "registered_models" (
	name VARCHAR(256) NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_pk PRIMARY KEY (workspace, name)
);
INSERT INTO "registered_models" VALUES('titan-config',1795993506365,1795993597202,'Configs tuned by titan_mlopt','default');
INSERT INTO "registered_models" VALUES('titan-external',1795993620237,1795993620806,'Configs tuned by titan_mlopt','default');
CREATE TABLE review_queue_items (
	queue_id VARCHAR(36) NOT NULL, 
	item_type VARCHAR(16) NOT NULL, 
	item_id VARCHAR(50) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	completed_by VARCHAR(250), 
	completed_time_ms BIGINT, 
	creation_time_ms BIGINT NOT NULL, 
	last_update_time_ms BIGINT NOT NULL, 
	CONSTRAINT review_queue_items_pk PRIMARY KEY (queue_id, item_id), 
	CONSTRAINT fk_review_queue_items_queue_id FOREIGN KEY(queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);
CREATE TABLE review_queue_label_schemas (
	queue_id VARCHAR(36) NOT NULL, 
	schema_id VARCHAR(36) NOT NULL, 
	CONSTRAINT review_queue_label_schemas_pk PRIMARY KEY (queue_id, schema_id), 
	CONSTRAINT fk_review_queue_label_schemas_queue_id FOREIGN KEY(queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);
CREATE TABLE review_queue_users (
	queue_id VARCHAR(36) NOT NULL, 
	user_id VARCHAR(250) NOT NULL, 
	CONSTRAINT review_queue_users_pk PRIMARY KEY (queue_id, user_id), 
	CONSTRAINT fk_review_queue_users_queue_id FOREIGN KEY(queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);
CREATE TABLE review_queues (
	queue_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	queue_type VARCHAR(16) NOT NULL, 
	created_by VARCHAR(255), 
	creation_time_ms BIGINT NOT NULL, 
	last_update_time_ms BIGINT NOT NULL, 
	name_key VARCHAR(250) NOT NULL, 
	CONSTRAINT review_queues_pk PRIMARY KEY (queue_id), 
	CONSTRAINT fk_review_queues_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE, 
	CONSTRAINT uq_review_queues_experiment_name_key UNIQUE (experiment_id, name_key)
);
CREATE TABLE "runs" (
	run_uuid VARCHAR(32) NOT NULL, 
	name VARCHAR(250), 
	source_type VARCHAR(20), 
	source_name VARCHAR(500), 
	entry_point_name VARCHAR(50), 
	user_id VARCHAR(256), 
	status VARCHAR(9), 
	start_time BIGINT, 
	end_time BIGINT, 
	source_version VARCHAR(50), 
	lifecycle_stage VARCHAR(20), 
	artifact_uri VARCHAR(200), 
	experiment_id INTEGER, deleted_time BIGINT, 
	CONSTRAINT run_pk PRIMARY KEY (run_uuid), 
	CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);
INSERT INTO "runs" VALUES('9681e3ccbe344e469a60ef211792469d','nightly','UNKNOWN','','','unknown','FINISHED',1795993504318,1795993516337,'','active','@FOLDER@/mlruns/1/9681e3ccbe344e469a60ef211792469d/artifacts',1,NULL);
INSERT INTO "runs" VALUES('67f9ad390d0c455b91c1e5bb8df5f4a2','trial 000 · acc .5331','UNKNOWN','','','unknown','FINISHED',1795993504918,1795993505023,'','active','@FOLDER@/mlruns/1/67f9ad390d0c455b91c1e5bb8df5f4a2/artifacts',1,NULL);
INSERT INTO "runs" VALUES('69e0de2c35c647f6938a87dfba2db592','trial 001 · acc .5298 · sharpe 26.8','UNKNOWN','','','unknown','FINISHED',1795993505057,1795993505238,'','active','@FOLDER@/mlruns/1/69e0de2c35c647f6938a87dfba2db592/artifacts',1,NULL);
INSERT INTO "runs" VALUES('83b74370fde34ba0a08a6cae8c21338c','trial 002 · acc .5174 · sharpe -5.8','UNKNOWN','','','unknown','FINISHED',1795993505260,1795993505426,'','active','@FOLDER@/mlruns/1/83b74370fde34ba0a08a6cae8c21338c/artifacts',1,NULL);
INSERT INTO "runs" VALUES('e43ff9963f2b4844bb50fdc1876b45cc','trial 003 · acc .5122 · sharpe 3.1','UNKNOWN','','','unknown','FINISHED',1795993505435,1795993505564,'','active','@FOLDER@/mlruns/1/e43ff9963f2b4844bb50fdc1876b45cc/artifacts',1,NULL);
INSERT INTO "runs" VALUES('be48d922a11e45eeb2072adc4e720eb1','trial 004 · acc .5242 · sharpe -2.3','UNKNOWN','','','unknown','FINISHED',1795993505587,1795993505707,'','active','@FOLDER@/mlruns/1/be48d922a11e45eeb2072adc4e720eb1/artifacts',1,NULL);
INSERT INTO "runs" VALUES('082c6a88efe8480e9cf8341120817c21','trial 005 · acc .5317 · sharpe 2.6','UNKNOWN','','','unknown','FINISHED',1795993505735,1795993505919,'','active','@FOLDER@/mlruns/1/082c6a88efe8480e9cf8341120817c21/artifacts',1,NULL);
INSERT INTO "runs" VALUES('43096db5ef74448da9694cc43aa94755','trial 006 · pruned · acc .5212 · sharpe -26.8','UNKNOWN','','','unknown','KILLED',1795993505948,1795993506123,'','active','@FOLDER@/mlruns/1/43096db5ef74448da9694cc43aa94755/artifacts',1,NULL);
INSERT INTO "runs" VALUES('724ffe8ea4d24094a42bd7a12089d857','trial 007 · pruned · acc .5356 · sharpe 23.5','UNKNOWN','','','unknown','KILLED',1795993506131,1795993506247,'','active','@FOLDER@/mlruns/1/724ffe8ea4d24094a42bd7a12089d857/artifacts',1,NULL);
INSERT INTO "runs" VALUES('c85616e59ed64adba9d5abcde12865c7','pareto','UNKNOWN','','','unknown','FINISHED',1795993595784,1795993827393,'','active','@FOLDER@/mlruns/1/c85616e59ed64adba9d5abcde12865c7/artifacts',1,NULL);
INSERT INTO "runs" VALUES('fcef9285cb404a8b996c980d060ccad6','trial 000 · acc .5292','UNKNOWN','','','unknown','FINISHED',1795993593595,1795993594219,'','active','@FOLDER@/mlruns/1/fcef9285cb404a8b996c980d060ccad6/artifacts',1,NULL);
INSERT INTO "runs" VALUES('c42896b365c34f0581fc0f804e440c28','trial 001 · acc .5293 · sharpe 25.2','UNKNOWN','','','unknown','FINISHED',1795993594339,1795993594829,'','active','@FOLDER@/mlruns/1/c42896b365c34f0581fc0f804e440c28/artifacts',1,NULL);
INSERT INTO "runs" VALUES('b0c3b602f6554bd8a5573e43ef55bdc8','trial 002 · acc .5196 · sharpe 15.3','UNKNOWN','','','unknown','FINISHED',1795993594855,1795993595280,'','active','@FOLDER@/mlruns/1/b0c3b602f6554bd8a5573e43ef55bdc8/artifacts',1,NULL);
INSERT INTO "runs" VALUES('0eb8facfc042462ab9d19faac0387f6a','trial 003 · acc .5224 · sharpe 19.2','UNKNOWN','','','unknown','FINISHED',1795993595335,1795993595755,'','active','@FOLDER@/mlruns/1/0eb8facfc042462ab9d19faac0387f6a/artifacts',1,NULL);
INSERT INTO "runs" VALUES('1a17d577cfbb4cf0814fce4481c3462b','trial 004 · acc .5196 · sharpe -2.2','UNKNOWN','','','unknown','FINISHED',1795993595811,1795993596107,'','active','@FOLDER@/mlruns/1/1a17d577cfbb4cf0814fce4481c3462b/artifacts',1,NULL);
INSERT INTO "runs" VALUES('534b2d70ee734ac49099773ad2401d45','titan','UNKNOWN','','','unknown','FINISHED',1795993620097,1795993634966,'','active','@FOLDER@/mlruns/1/534b2d70ee734ac49099773ad2401d45/artifacts',1,NULL);
INSERT INTO "runs" VALUES('16fb0603b0e5426988724dc75e03ebc7','trial 000 · acc .4878 · sharpe -0.8','UNKNOWN','','','unknown','FINISHED',1795993618311,1795993618687,'','active','@FOLDER@/mlruns/1/16fb0603b0e5426988724dc75e03ebc7/artifacts',1,NULL);
INSERT INTO "runs" VALUES('8f19df9948094d15b5a95f2907f374fe','trial 001 · acc .5000 · sharpe 18.1','UNKNOWN','','','unknown','FINISHED',1795993618739,1795993619107,'','active','@FOLDER@/mlruns/1/8f19df9948094d15b5a95f2907f374fe/artifacts',1,NULL);
INSERT INTO "runs" VALUES('5abfbb117fd74f88902d1c479da7725f','trial 002 · acc .5067 · sharpe 16.9','UNKNOWN','','','unknown','FINISHED',1795993619143,1795993619587,'','active','@FOLDER@/mlruns/1/5abfbb117fd74f88902d1c479da7725f/artifacts',1,NULL);
INSERT INTO "runs" VALUES('ffdda17460944980aae4a53acf218ea0','trial 003 · acc .4747 · sharpe 1.4','UNKNOWN','','','unknown','FINISHED',1795993619631,1795993619966,'','active','@FOLDER@/mlruns/1/ffdda17460944980aae4a53acf218ea0/artifacts',1,NULL);
INSERT INTO "runs" VALUES('047c1b45a27e4876b01ae4705338ea1b','sensitivity on sample','UNKNOWN','','','unknown','FINISHED',1795993650648,1795993651963,'','active','@FOLDER@/mlruns/1/047c1b45a27e4876b01ae4705338ea1b/artifacts',1,NULL);
INSERT INTO "runs" VALUES('abb7947b7caa4434829dce206483a211','base 0','UNKNOWN','','','unknown','FINISHED',1795993646455,1795993647147,'','active','@FOLDER@/mlruns/1/abb7947b7caa4434829dce206483a211/artifacts',1,NULL);
INSERT INTO "runs" VALUES('bc44343c61fd466b98cdceb893a38ecc','base 1','UNKNOWN','','','unknown','FINISHED',1795993647148,1795993647339,'','active','@FOLDER@/mlruns/1/bc44343c61fd466b98cdceb893a38ecc/artifacts',1,NULL);
INSERT INTO "runs" VALUES('f32a9a903d37448385b46fdc2d8ccb06','feature.fast_window = 3 (low)','UNKNOWN','','','unknown','FINISHED',1795993647340,1795993647527,'','active','@FOLDER@/mlruns/1/f32a9a903d37448385b46fdc2d8ccb06/artifacts',1,NULL);
INSERT INTO "runs" VALUES('a186aa1216a142a2a4ab4bcaa3f2fba1','feature.fast_window = 10 (high)','UNKNOWN','','','unknown','FINISHED',1795993647528,1795993647651,'','active','@FOLDER@/mlruns/1/a186aa1216a142a2a4ab4bcaa3f2fba1/artifacts',1,NULL);
INSERT INTO "runs" VALUES('553ac83710c5424fbddb4ca3c92580b8','ml.max_depth = 4 (low)','UNKNOWN','','','unknown','FINISHED',1795993647652,1795993647759,'','active','@FOLDER@/mlruns/1/553ac83710c5424fbddb4ca3c92580b8/artifacts',1,NULL);
INSERT INTO "runs" VALUES('f65804b1b8364e2da82598133aab4f98','ml.max_depth = 10 (high)','UNKNOWN','','','unknown','FINISHED',1795993647760,1795993647883,'','active','@FOLDER@/mlruns/1/f65804b1b8364e2da82598133aab4f98/artifacts',1,NULL);
CREATE TABLE scheduler_leases (
	lease_key VARCHAR(255) NOT NULL, 
	acquired_at BIGINT NOT NULL, 
	ttl_seconds INTEGER NOT NULL, 
	CONSTRAINT scheduler_leases_pk PRIMARY KEY (lease_key)
);
CREATE TABLE scorer_versions (
	scorer_id VARCHAR(36) NOT NULL, 
	scorer_version INTEGER NOT NULL, 
	serialized_scorer TEXT NOT NULL, 
	creation_time BIGINT, 
	CONSTRAINT scorer_version_pk PRIMARY KEY (scorer_id, scorer_version), 
	CONSTRAINT fk_scorer_versions_scorer_id FOREIGN KEY(scorer_id) REFERENCES scorers (scorer_id) ON DELETE CASCADE
);
CREATE TABLE scorers (
	experiment_id INTEGER NOT NULL, 
	scorer_name VARCHAR(256) NOT NULL, 
	scorer_id VARCHAR(36) NOT NULL, 
	CONSTRAINT scorer_pk PRIMARY KEY (scorer_id), 
	CONSTRAINT fk_scorers_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
CREATE TABLE "secrets" (
	secret_id VARCHAR(36) NOT NULL, 
	secret_name VARCHAR(255) NOT NULL, 
	encrypted_value BLOB NOT NULL, 
	wrapped_dek BLOB NOT NULL, 
	kek_version INTEGER NOT NULL, 
	masked_value VARCHAR(500) NOT NULL, 
	provider VARCHAR(64), 
	auth_config TEXT, 
	description TEXT, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT secrets_pk PRIMARY KEY (secret_id), 
	CONSTRAINT uq_secrets_workspace_secret_name UNIQUE (workspace, secret_name)
);
CREATE TABLE span_metrics (
	trace_id VARCHAR(50) NOT NULL, 
	span_id VARCHAR(50) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT, 
	CONSTRAINT span_metrics_pk PRIMARY KEY (trace_id, span_id, "key"), 
	CONSTRAINT fk_span_metrics_span FOREIGN KEY(trace_id, span_id) REFERENCES spans (trace_id, span_id) ON DELETE CASCADE
);
CREATE TABLE "spans" (
	trace_id VARCHAR(50) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	span_id VARCHAR(50) NOT NULL, 
	parent_span_id VARCHAR(50), 
	name TEXT, 
	type VARCHAR(500), 
	status VARCHAR(50) NOT NULL, 
	start_time_unix_nano BIGINT NOT NULL, 
	end_time_unix_nano BIGINT, 
	duration_ns BIGINT GENERATED ALWAYS AS (end_time_unix_nano - start_time_unix_nano) STORED, 
	content TEXT NOT NULL, 
	input_cost FLOAT, 
	output_cost FLOAT, 
	total_cost FLOAT, 
	model_name VARCHAR(500), 
	model_provider VARCHAR(500), 
	CONSTRAINT spans_pk PRIMARY KEY (trace_id, span_id), 
	CONSTRAINT fk_spans_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_spans_trace_id FOREIGN KEY(trace_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE sql_assessment_daily_rollups (
	id INTEGER NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	rollup_day DATE NOT NULL, 
	metric_name VARCHAR(250) NOT NULL, 
	grouping_set VARCHAR(50) NOT NULL, 
	sample_count BIGINT NOT NULL, 
	sum_value FLOAT, 
	min_value FLOAT, 
	max_value FLOAT, 
	CONSTRAINT sql_assessment_daily_rollups_pk PRIMARY KEY (id)
);
CREATE TABLE sql_span_cost_daily_rollups (
	id INTEGER NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	rollup_day DATE NOT NULL, 
	metric_name VARCHAR(250) NOT NULL, 
	grouping_set VARCHAR(50) NOT NULL, 
	model_name VARCHAR(500), 
	model_provider VARCHAR(500), 
	sample_count BIGINT NOT NULL, 
	sum_value FLOAT, 
	min_value FLOAT, 
	max_value FLOAT, 
	CONSTRAINT sql_span_cost_daily_rollups_pk PRIMARY KEY (id)
);
CREATE TABLE sql_trace_metric_daily_rollups (
	id INTEGER NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	rollup_day DATE NOT NULL, 
	metric_name VARCHAR(250) NOT NULL, 
	grouping_set VARCHAR(50) NOT NULL, 
	trace_status VARCHAR(50), 
	sample_count BIGINT NOT NULL, 
	sum_value FLOAT, 
	min_value FLOAT, 
	max_value FLOAT, 
	p50_value FLOAT, 
	p90_value FLOAT, 
	p99_value FLOAT, 
	CONSTRAINT sql_trace_metric_daily_rollups_pk PRIMARY KEY (id)
);
CREATE TABLE sql_trace_rollup_rebuild_queue (
	experiment_id INTEGER NOT NULL, 
	rollup_day DATE NOT NULL, 
	rollup_family VARCHAR(50) NOT NULL, 
	CONSTRAINT sql_trace_rollup_rebuild_queue_pk PRIMARY KEY (experiment_id, rollup_day, rollup_family)
);
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('titan_mlopt.kind','study','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "tags" VALUES('titan_mlopt.study','nightly','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','c7ee1fc2544143b6bf560617761a71cd','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "tags" VALUES('titan_mlopt.call','9d1493eaabb64908b10ff454ba7f47bc','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "tags" VALUES('mlflow.runName','nightly','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('titan_mlopt.trial','0','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('titan_mlopt.study','nightly','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','c7ee1fc2544143b6bf560617761a71cd','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('mlflow.parentRunId','9681e3ccbe344e469a60ef211792469d','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('mlflow.runName','trial 000 · acc .5331','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','ea80fa39a9bce9b9','67f9ad390d0c455b91c1e5bb8df5f4a2');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('titan_mlopt.trial','1','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('titan_mlopt.study','nightly','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','c7ee1fc2544143b6bf560617761a71cd','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('mlflow.parentRunId','9681e3ccbe344e469a60ef211792469d','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('mlflow.runName','trial 001 · acc .5298 · sharpe 26.8','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','6adeb44f2a8e43b5','69e0de2c35c647f6938a87dfba2db592');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('titan_mlopt.trial','2','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('titan_mlopt.study','nightly','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','c7ee1fc2544143b6bf560617761a71cd','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('mlflow.parentRunId','9681e3ccbe344e469a60ef211792469d','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('mlflow.runName','trial 002 · acc .5174 · sharpe -5.8','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','669565280af35874','83b74370fde34ba0a08a6cae8c21338c');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('titan_mlopt.trial','3','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('titan_mlopt.study','nightly','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','c7ee1fc2544143b6bf560617761a71cd','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('mlflow.parentRunId','9681e3ccbe344e469a60ef211792469d','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('mlflow.runName','trial 003 · acc .5122 · sharpe 3.1','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','ce274823ee0a8e3a','e43ff9963f2b4844bb50fdc1876b45cc');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('titan_mlopt.trial','4','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('titan_mlopt.study','nightly','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','c7ee1fc2544143b6bf560617761a71cd','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('mlflow.parentRunId','9681e3ccbe344e469a60ef211792469d','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('mlflow.runName','trial 004 · acc .5242 · sharpe -2.3','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','60d2592d07a957a8','be48d922a11e45eeb2072adc4e720eb1');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('titan_mlopt.trial','5','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('titan_mlopt.study','nightly','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','c7ee1fc2544143b6bf560617761a71cd','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('mlflow.parentRunId','9681e3ccbe344e469a60ef211792469d','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('mlflow.runName','trial 005 · acc .5317 · sharpe 2.6','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','9930914d58cc8098','082c6a88efe8480e9cf8341120817c21');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('titan_mlopt.trial','6','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('titan_mlopt.state','PRUNED','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('titan_mlopt.reason','pruner','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('mlflow.runColor','#e0a030','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('titan_mlopt.study','nightly','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','c7ee1fc2544143b6bf560617761a71cd','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('mlflow.parentRunId','9681e3ccbe344e469a60ef211792469d','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('mlflow.runName','trial 006 · pruned · acc .5212 · sharpe -26.8','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('mlflow.note.content','stopped by the pruner after 495 predictions','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','5c9bca53943bae83','43096db5ef74448da9694cc43aa94755');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('titan_mlopt.trial','7','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('titan_mlopt.state','PRUNED','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('titan_mlopt.reason','pruner','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('mlflow.runColor','#e0a030','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('titan_mlopt.study','nightly','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','c7ee1fc2544143b6bf560617761a71cd','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('mlflow.parentRunId','9681e3ccbe344e469a60ef211792469d','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('mlflow.runName','trial 007 · pruned · acc .5356 · sharpe 23.5','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('mlflow.note.content','stopped by the pruner after 491 predictions','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','72835fe1c3fecc6d','724ffe8ea4d24094a42bd7a12089d857');
INSERT INTO "tags" VALUES('mlflow.note.content','# nightly

8 trials for `accuracy` on sample: 2,098 candles of 60 s, 2024-01-01T00:00:00Z to 2024-01-02T10:57:00Z, 0 gaps. Best: [trial 5](#/experiments/1/runs/082c6a88efe8480e9cf8341120817c21), accuracy 0.5317 (n=615, 95 % 0.492 to 0.571).

**Verdict:** KEEP CHAMPION: No improvement worth a change: 52.7% on 442 predictions against 52.3% of the majority class: +0.5 (-5.1 to +5.9); at least +0.5 are asked for. (Trial 5; hold-out opened 1 time.)

| tuned |  |
| --- | --- |
| objective | `accuracy` |
| parameters | 21 tuned |
| backtest | `titan_mlopt.backtest.runner:run_backtest`, version 1 |
| pruner | `median` |
| seed | 42 |
| trials | 8 |
| candles | sample: 2,098 candles of 60 s, 2024-01-01T00:00:00Z to 2024-01-02T10:57:00Z, 0 gaps |
| SHA-256 of the candles | `3a84ba87e61b2d691bff937a951e0278e2bed57a3a68acd2d04cf6c19fae177e` |
| hold-out | 900 candles sealed, 2024-01-02T11:00:00Z to 2024-01-03T01:59:00Z; opened once |
| scored on | 2 segments, each afresh after 750 unscored candles; objective: their mean less half a standard error |

## Best config

[Trial 5](#/experiments/1/runs/082c6a88efe8480e9cf8341120817c21): objective 0.5235; accuracy 0.5317 (n=615, 95 % 0.492 to 0.571), ECE 0.0362 (noise floor 0.0207), Sharpe 2.64 (± 19.75).

The interval holds for one trial looked at alone. The best of many is chosen for being high, so expect less of it on new candles.

1 parameter stands at an end of its range: what is better may lie beyond it.

| parameter | default → best | range | remark |
| --- | --- | --- | --- |
| `feature.fast_window` | 5 → **6** | 3 to 10 |  |
| `feature.slow_window` | 20 → **25** | 15 to 30 |  |
| `feature.rsi_window` | 14 → **17** | 10 to 20 |  |
| `model.flat_threshold` | 0.566 → **0.5249** | 0.5 to 0.6 |  |
| `model.rsi_oversold` | 27 → 27 | 25 to 35 | unchanged |
| `model.rsi_overbought` | 67 → **74** | 65 to 75 |  |
| `pattern.boost_threshold` | 0.551 → **0.5626** | 0.52 to 0.6 |  |
| `pattern.penalty_threshold` | 0.413 → **0.4352** | 0.4 to 0.48 |  |
| `pattern.max_boost` | 0.033 → **0.04885** | 0.01 to 0.05 |  |
| `pattern.max_penalty` | 0.045 → **0.04651** | 0.01 to 0.05 |  |
| `ml.n_estimators` | 196 → **157** | 50 to 200 |  |
| `ml.max_depth` | 7 → **4** | 4 to 10 | **at the lower end** |
| `ml.learning_rate` | 0.065 → **0.105** | 0.01 to 0.2 |  |
| `ml.num_leaves` | 31 → **44** | 20 to 50 |  |
| `confidence_compressor.max_confidence` | 0.667 → **0.7442** | 0.6 to 0.75 |  |
| `confidence_filter.threshold` | 0.565 → **0.5801** | 0.52 to 0.6 |  |
| `online.learning_rate` | 0.049 → **0.001393** | 0.001 to 0.1 |  |
| `online.min_weight` | 0.072 → **0.1765** | 0.05 to 0.2 |  |
| `online.max_weight` | 0.484 → **0.4348** | 0.4 to 0.6 |  |
| `ensemble.flat_threshold` | 0.571 → **0.5739** | 0.5 to 0.6 |  |
| `ensemble.min_margin` | 0.062 → **0.07842** | 0.02 to 0.1 |  |

## What it is worth

| in-sample |  |
| --- | --- |
| trials | 8, worth 6.6 independent ones |
| accuracy | 0.5317 (n=615, worth 615 independent predictions, 95 % 0.492 to 0.571) |
| ECE | 0.0362; perfect calibration shows 0.0207 on average and up to 0.0445 in 95 % |
| Sharpe ratio | 2.64 a year; P(true one above 0) is 0.55 for this trial alone and 0.23 after the search (deflated) |
| track record | 204,166 bars show with 95 % that it is above 0; there are 1,347 |
| backtest length | luck alone finds this ratio in less than 0.26 years of data; there are 0.0026 |
| overfitting | PBO 0.82: of 12,870 halvings of the time, how often the best trial of one half is below the median in the other; it is not above the baseline of 0.5 there in 25%; accuracy 0.545 where it was chosen, 0.5147 in the other half |
| placebo | p = 1: 2 of 2 studies of 3 trials on candles with random directions found as much as 0.5224; fewer than 19 cannot show p = .05 |
| plateau | Trial 5 is the best on these segments and the flattest: accuracy 0.5299, the lower quartile of its neighbours 0.5172. |
| hold-out | 900 candles sealed, 2024-01-02T11:00:00Z to 2024-01-03T01:59:00Z; opened once; KEEP CHAMPION: No improvement worth a change: 52.7% on 442 predictions against 52.3% of the majority class: +0.5 (-5.1 to +5.9); at least +0.5 are asked for. |

## Baselines

On the bars that the trials are scored on; the rules know no more than what came before.

| baseline | objective | accuracy | ECE | Sharpe |
| --- | --- | --- | --- | --- |
| **trial 5** | 0.5235 | 0.5317 (n=615, 95 % 0.492 to 0.571) | 0.0362 (noise floor 0.0207) | 2.64 (± 19.75) |
| majority class so far | 0.5128 | 0.5189 (n=1,347, 95 % 0.492 to 0.546) | - | 18.23 (± 19.76) |
| the last direction again | 0.472 | 0.4774 (n=1,347, 95 % 0.451 to 0.504) | - | -14.37 (± 19.76) |
| its opposite | 0.5173 | 0.5226 (n=1,347, 95 % 0.496 to 0.549) | - | 14.37 (± 19.76) |
| default config | 0.4994 | 0.5162 (n=959, 95 % 0.485 to 0.548) | 0.0142 (noise floor 0.0161) | 21.07 (± 19.76) |

## Top 6

| trial | objective | accuracy | ECE | Sharpe | coverage | seconds |
| --- | --- | --- | --- | --- | --- | --- |
| [5](#/experiments/1/runs/082c6a88efe8480e9cf8341120817c21) | 0.5235 | 0.5317 (n=615, 95 % 0.492 to 0.571) | 0.0362 (noise floor 0.0207) | 2.64 (± 19.75) | 0.46 | 0.1 |
| [1](#/experiments/1/runs/69e0de2c35c647f6938a87dfba2db592) | 0.5224 | 0.5298 (n=487, 95 % 0.485 to 0.574) | 0.0000 (noise floor 0.0177) | 26.75 (± 19.76) | 0.36 | 0.1 |
| [2](#/experiments/1/runs/83b74370fde34ba0a08a6cae8c21338c) | 0.5136 | 0.5174 (n=947, 95 % 0.486 to 0.549) | 0.0082 (noise floor 0.0153) | -5.76 (± 19.75) | 0.70 | 0.1 |
| [0](#/experiments/1/runs/67f9ad390d0c455b91c1e5bb8df5f4a2) | 0.5099 | 0.5331 (n=362, 95 % 0.482 to 0.584) | 0.0047 (noise floor 0.0207) | - | 0.27 | 0.1 |
| [4](#/experiments/1/runs/be48d922a11e45eeb2072adc4e720eb1) | 0.501 | 0.5242 (n=784, 95 % 0.489 to 0.559) | 0.0048 (noise floor 0.0154) | -2.35 (± 19.75) | 0.58 | 0.1 |
| [3](#/experiments/1/runs/e43ff9963f2b4844bb50fdc1876b45cc) | 0.4975 | 0.5122 (n=1,023, 95 % 0.482 to 0.543) | 0.0212 (noise floor 0.0152) | 3.07 (± 19.75) | 0.76 | 0.1 |

## States

| state | trials | reasons |
| --- | --- | --- |
| complete | 6 |  |
| pruned | 2 | pruner 2 |

ECE above 0.05: none of 6 complete.

## Commands

```sh
# Reproduce the best trial, bit for bit
titan-mlopt replay --db @FOLDER@/titan.db --study-name nightly --trial 5

# Go on with 100 more trials
MLFLOW_TRACKING_URI=sqlite:///@FOLDER@/mlflow.db titan-mlopt tune --db @FOLDER@/titan.db --study-name nightly --candles sample --more 100 --limit 3000 --holdout 0.3 --segments 2 --memory-per-trial 2GB --pruner-spec-defaults

# Draw the report
titan-mlopt report --db @FOLDER@/titan.db --study-name nightly

# Fetch the config
titan-mlopt export --db @FOLDER@/titan.db --study-name nightly --out config.json
```
','9681e3ccbe344e469a60ef211792469d');
INSERT INTO "tags" VALUES('titan_mlopt.kind','study','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "tags" VALUES('titan_mlopt.study','pareto','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','9a91e8e91cb2429bab6fd7fd69ad17a7','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','12ab289baa8bc18f6e880436684d310c607185e3c76fbdcf2249566e2fe8db96','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "tags" VALUES('titan_mlopt.call','68be01b047194c1fb8609e76d5423dd3','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "tags" VALUES('mlflow.runName','pareto','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('titan_mlopt.trial','0','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('titan_mlopt.study','pareto','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','9a91e8e91cb2429bab6fd7fd69ad17a7','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','12ab289baa8bc18f6e880436684d310c607185e3c76fbdcf2249566e2fe8db96','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('mlflow.parentRunId','c85616e59ed64adba9d5abcde12865c7','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('mlflow.runName','trial 000 · acc .5292','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','6a307b4381b1006b','fcef9285cb404a8b996c980d060ccad6');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('titan_mlopt.trial','1','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('titan_mlopt.study','pareto','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','9a91e8e91cb2429bab6fd7fd69ad17a7','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','12ab289baa8bc18f6e880436684d310c607185e3c76fbdcf2249566e2fe8db96','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('mlflow.parentRunId','c85616e59ed64adba9d5abcde12865c7','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('mlflow.runName','trial 001 · acc .5293 · sharpe 25.2','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','a3cd4b5a6f73403f','c42896b365c34f0581fc0f804e440c28');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('titan_mlopt.trial','2','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('titan_mlopt.study','pareto','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','9a91e8e91cb2429bab6fd7fd69ad17a7','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','12ab289baa8bc18f6e880436684d310c607185e3c76fbdcf2249566e2fe8db96','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('mlflow.parentRunId','c85616e59ed64adba9d5abcde12865c7','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('mlflow.runName','trial 002 · acc .5196 · sharpe 15.3','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','2e5049242ba8aa10','b0c3b602f6554bd8a5573e43ef55bdc8');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('titan_mlopt.trial','3','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('titan_mlopt.study','pareto','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','9a91e8e91cb2429bab6fd7fd69ad17a7','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','12ab289baa8bc18f6e880436684d310c607185e3c76fbdcf2249566e2fe8db96','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('mlflow.parentRunId','c85616e59ed64adba9d5abcde12865c7','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('mlflow.runName','trial 003 · acc .5224 · sharpe 19.2','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','23263dd4c268a63c','0eb8facfc042462ab9d19faac0387f6a');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('titan_mlopt.trial','4','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('titan_mlopt.study','pareto','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','9a91e8e91cb2429bab6fd7fd69ad17a7','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','12ab289baa8bc18f6e880436684d310c607185e3c76fbdcf2249566e2fe8db96','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan_mlopt.backtest.runner:run_backtest','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('mlflow.parentRunId','c85616e59ed64adba9d5abcde12865c7','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('mlflow.runName','trial 004 · acc .5196 · sharpe -2.2','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','f671f0aba3268d6c','1a17d577cfbb4cf0814fce4481c3462b');
INSERT INTO "tags" VALUES('mlflow.note.content','# pareto

5 trials for `multi` on sample: 3,000 candles of 60 s, 2024-01-01T00:00:00Z to 2024-01-03T01:59:00Z, 0 gaps. Best: [trial 1](#/experiments/1/runs/c42896b365c34f0581fc0f804e440c28), accuracy 0.5293 (n=1,281, 95 % 0.502 to 0.556).

**No verdict.** The numbers are in-sample: they are from the candles that the config was chosen on. By luck alone, without any skill, the best of 5 trials would show an accuracy of 0.5148 and a Sharpe ratio of 15.71 on average and more than 0.5308 and 31.32 in 1 of 20 studies, and a search that learns from its trials finds more; here the highest are 0.5293 and 25.21. Only candles that no trial has seen can tell skill from luck.

| tuned |  |
| --- | --- |
| objective | `multi` |
| parameters | 21 tuned |
| backtest | `titan_mlopt.backtest.runner:run_backtest`, version 1 |
| pruner | `median` |
| seed | 42 |
| trials | 5 |
| candles | sample: 3,000 candles of 60 s, 2024-01-01T00:00:00Z to 2024-01-03T01:59:00Z, 0 gaps |
| SHA-256 of the candles | `12ab289baa8bc18f6e880436684d310c607185e3c76fbdcf2249566e2fe8db96` |

## Best config

[Trial 1](#/experiments/1/runs/c42896b365c34f0581fc0f804e440c28): objectives 0.5293 / 25.21; accuracy 0.5293 (n=1,281, 95 % 0.502 to 0.556), ECE 0.0100 (noise floor 0.0133), Sharpe 25.21 (± 13.51).

The interval holds for one trial looked at alone. The best of many is chosen for being high, so expect less of it on new candles.

3 parameters stand at an end of its range: what is better may lie beyond it.

| parameter | default → best | range | remark |
| --- | --- | --- | --- |
| `feature.fast_window` | 5 → **6** | 3 to 10 |  |
| `feature.slow_window` | 20 → 20 | 15 to 30 | unchanged |
| `feature.rsi_window` | 14 → **19** | 10 to 20 |  |
| `model.flat_threshold` | 0.566 → **0.5128** | 0.5 to 0.6 |  |
| `model.rsi_oversold` | 27 → **26** | 25 to 35 |  |
| `model.rsi_overbought` | 67 → **72** | 65 to 75 |  |
| `pattern.boost_threshold` | 0.551 → **0.5973** | 0.52 to 0.6 |  |
| `pattern.penalty_threshold` | 0.413 → **0.4348** | 0.4 to 0.48 |  |
| `pattern.max_boost` | 0.033 → **0.03544** | 0.01 to 0.05 |  |
| `pattern.max_penalty` | 0.045 → **0.0493** | 0.01 to 0.05 |  |
| `ml.n_estimators` | 196 → **172** | 50 to 200 |  |
| `ml.max_depth` | 7 → **10** | 4 to 10 | **at the upper end** |
| `ml.learning_rate` | 0.065 → **0.03419** | 0.01 to 0.2 |  |
| `ml.num_leaves` | 31 → **47** | 20 to 50 |  |
| `confidence_compressor.max_confidence` | 0.667 → **0.6372** | 0.6 to 0.75 |  |
| `confidence_filter.threshold` | 0.565 → **0.5781** | 0.52 to 0.6 |  |
| `online.learning_rate` | 0.049 → **0.00663** | 0.001 to 0.1 |  |
| `online.min_weight` | 0.072 → **0.06539** | 0.05 to 0.2 |  |
| `online.max_weight` | 0.484 → **0.4009** | 0.4 to 0.6 | **at the lower end** |
| `ensemble.flat_threshold` | 0.571 → **0.5774** | 0.5 to 0.6 |  |
| `ensemble.min_margin` | 0.062 → **0.09945** | 0.02 to 0.1 | **at the upper end** |

## What it is worth

| in-sample |  |
| --- | --- |
| trials | 5, worth 4.4 independent ones |
| accuracy | 0.5293 (n=1,281, worth 1,121 independent predictions, 95 % 0.500 to 0.558) |
| ECE | 0.0100; perfect calibration shows 0.0133 on average and up to 0.0290 in 95 % |
| Sharpe ratio | 25.21 a year; P(true one above 0) is 1.00 for this trial alone and 0.90 after the search (deflated) |
| track record | 1,086 bars show with 95 % that it is above 0; there are 2,880 |
| backtest length | luck alone finds this ratio in less than 0.0019 years of data; there are 0.0055 |
| overfitting | PBO 0.70: of 12,870 halvings of the time, how often the best trial of one half is below the median in the other; it is not above the baseline of 0.5 there in 9%; accuracy 0.5359 where it was chosen, 0.518 in the other half |
| placebo | not run: titan-mlopt placebo |
| hold-out | none: all candles were tuned on, so no verdict is possible |

## Baselines

On the bars that the trials are scored on; the rules know no more than what came before.

| baseline | objective | accuracy | ECE | Sharpe |
| --- | --- | --- | --- | --- |
| **trial 1** | 0.5293 / 25.21 | 0.5293 (n=1,281, 95 % 0.502 to 0.556) | 0.0100 (noise floor 0.0133) | 25.21 (± 13.51) |
| majority class so far | 0.5166 / 15.66 | 0.5166 (n=2,867, 95 % 0.498 to 0.535) | - | 15.66 (± 13.51) |
| the last direction again | 0.5031 / 7.805 | 0.5031 (n=2,880, 95 % 0.485 to 0.521) | - | 7.81 (± 13.51) |
| its opposite | 0.4969 / -7.805 | 0.4969 (n=2,880, 95 % 0.479 to 0.515) | - | -7.81 (± 13.51) |
| default config | 0.5166 / 12.54 | 0.5166 (n=2,348, 95 % 0.496 to 0.537) | 0.0184 (noise floor 0.0102) | 12.54 (± 13.51) |
| champion, version 1 | 0.5236 / 8.853 | 0.5236 (n=1,442, 95 % 0.498 to 0.549) | 0.0287 (noise floor 0.0136) | 8.85 (± 13.51) |

## Top 5

| trial | objective | accuracy | ECE | Sharpe | coverage | seconds |
| --- | --- | --- | --- | --- | --- | --- |
| [1](#/experiments/1/runs/c42896b365c34f0581fc0f804e440c28) | 0.5293 / 25.21 | 0.5293 (n=1,281, 95 % 0.502 to 0.556) | 0.0100 (noise floor 0.0133) | 25.21 (± 13.51) | 0.44 | 0.3 |
| [0](#/experiments/1/runs/fcef9285cb404a8b996c980d060ccad6) | 0.5292 / 0 | 0.5292 (n=943, 95 % 0.497 to 0.561) | 0.0101 (noise floor 0.0143) | - | 0.33 | 0.3 |
| [3](#/experiments/1/runs/0eb8facfc042462ab9d19faac0387f6a) | 0.5224 / 19.24 | 0.5224 (n=2,389, 95 % 0.502 to 0.542) | 0.0193 (noise floor 0.0096) | 19.24 (± 13.51) | 0.83 | 0.3 |
| [4](#/experiments/1/runs/1a17d577cfbb4cf0814fce4481c3462b) | 0.5196 / -2.158 | 0.5196 (n=1,859, 95 % 0.497 to 0.542) | 0.0087 (noise floor 0.0099) | -2.16 (± 13.51) | 0.65 | 0.2 |
| [2](#/experiments/1/runs/b0c3b602f6554bd8a5573e43ef55bdc8) | 0.5196 / 15.34 | 0.5196 (n=2,173, 95 % 0.499 to 0.541) | 0.0102 (noise floor 0.0094) | 15.34 (± 13.51) | 0.75 | 0.3 |

## Pareto front

1 trial that no other one dominates, by the weighted mean of the objectives in standard errors (0.7 accuracy, 0.3 Sharpe). The best config above is the most accurate of them.

| trial | weighted | objectives | accuracy | ECE | Sharpe |
| --- | --- | --- | --- | --- | --- |
| [1](#/experiments/1/runs/c42896b365c34f0581fc0f804e440c28) | 2.82 | 0.5293 / 25.21 | 0.5293 (n=1,281, 95 % 0.502 to 0.556) | 0.0100 (noise floor 0.0133) | 25.21 (± 13.51) |

## States

| state | trials | reasons |
| --- | --- | --- |
| complete | 5 |  |

ECE above 0.05: none of 5 complete.

## Commands

```sh
# Reproduce the best trial, bit for bit
titan-mlopt replay --db @FOLDER@/titan.db --study-name pareto --trial 1

# Go on with 100 more trials
MLFLOW_TRACKING_URI=sqlite:///@FOLDER@/mlflow.db titan-mlopt tune --db @FOLDER@/titan.db --study-name pareto --candles sample --more 100 --objective multi --limit 3000 --memory-per-trial 2GB

# Draw the report
titan-mlopt report --db @FOLDER@/titan.db --study-name pareto

# Fetch the config
titan-mlopt export --db @FOLDER@/titan.db --study-name pareto --out config.json
```
','c85616e59ed64adba9d5abcde12865c7');
INSERT INTO "tags" VALUES('titan_mlopt.kind','study','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "tags" VALUES('titan_mlopt.study','titan','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','adeb5f29b8204fe6a822af96d13d01b7','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "tags" VALUES('titan_mlopt.call','7108db986fca4fc993504cc55b8da7ba','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "tags" VALUES('mlflow.runName','titan','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('titan_mlopt.trial','0','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('titan_mlopt.study','titan','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','adeb5f29b8204fe6a822af96d13d01b7','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('mlflow.parentRunId','534b2d70ee734ac49099773ad2401d45','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('mlflow.runName','trial 000 · acc .4878 · sharpe -0.8','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','220465fa820761fb','16fb0603b0e5426988724dc75e03ebc7');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('titan_mlopt.trial','1','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('titan_mlopt.study','titan','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','adeb5f29b8204fe6a822af96d13d01b7','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('mlflow.parentRunId','534b2d70ee734ac49099773ad2401d45','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('mlflow.runName','trial 001 · acc .5000 · sharpe 18.1','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','c9b9b6afa09d8566','8f19df9948094d15b5a95f2907f374fe');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('titan_mlopt.trial','2','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('titan_mlopt.study','titan','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','adeb5f29b8204fe6a822af96d13d01b7','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('mlflow.parentRunId','534b2d70ee734ac49099773ad2401d45','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('mlflow.runName','trial 002 · acc .5067 · sharpe 16.9','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','81cfdeb6f07436f7','5abfbb117fd74f88902d1c479da7725f');
INSERT INTO "tags" VALUES('titan_mlopt.kind','trial','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('titan_mlopt.trial','3','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('mlflow.runColor','#2e9e5b','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('titan_mlopt.study','titan','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('titan_mlopt.study_uid','adeb5f29b8204fe6a822af96d13d01b7','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','d40495ca39faf4ade8aa35a2a6f7810dd221016261d9177ce90d936369845da0','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('mlflow.parentRunId','534b2d70ee734ac49099773ad2401d45','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('mlflow.runName','trial 003 · acc .4747 · sharpe 1.4','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('titan_mlopt.mirrored','e7301dba30bd147d','ffdda17460944980aae4a53acf218ea0');
INSERT INTO "tags" VALUES('mlflow.note.content','# titan

4 trials for `accuracy` on sample: 800 candles of 60 s, 2024-01-01T00:00:00Z to 2024-01-01T13:19:00Z, 0 gaps. Best: [trial 2](#/experiments/1/runs/5abfbb117fd74f88902d1c479da7725f), accuracy 0.5067 (n=523, 95 % 0.464 to 0.549).

**No verdict.** The numbers are in-sample: they are from the candles that the config was chosen on. By luck alone, without any skill, the best of 4 trials would show an accuracy of 0.5247 on average and more than 0.5539 in 1 of 20 studies, and a search that learns from its trials finds more; here the highest is 0.5067. Only candles that no trial has seen can tell skill from luck.

| tuned |  |
| --- | --- |
| objective | `accuracy` |
| parameters | 21 tuned |
| backtest | `titan.core.backtest:run_backtest`, version 0.9.1 |
| pruner | `median` |
| seed | 42 |
| trials | 4 |
| candles | sample: 800 candles of 60 s, 2024-01-01T00:00:00Z to 2024-01-01T13:19:00Z, 0 gaps |
| SHA-256 of the candles | `fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622` |

## Best config

[Trial 2](#/experiments/1/runs/5abfbb117fd74f88902d1c479da7725f): objective 0.456, ECE above its limit; accuracy 0.5067 (n=523, 95 % 0.464 to 0.549), ECE 0.1211 (noise floor 0.0214), Sharpe 16.91 (± 26.32).

The interval holds for one trial looked at alone. The best of many is chosen for being high, so expect less of it on new candles.

| parameter | default → best | range | remark |
| --- | --- | --- | --- |
| `feature.fast_window` | 5 → **6** | 3 to 10 |  |
| `feature.slow_window` | 20 → **29** | 15 to 30 |  |
| `feature.rsi_window` | 14 → **18** | 10 to 20 |  |
| `model.flat_threshold` | 0.566 → **0.5836** | 0.5 to 0.6 |  |
| `model.rsi_oversold` | 27 → **34** | 25 to 35 |  |
| `model.rsi_overbought` | 67 → **73** | 65 to 75 |  |
| `pattern.boost_threshold` | 0.551 → **0.5586** | 0.52 to 0.6 |  |
| `pattern.penalty_threshold` | 0.413 → **0.407** | 0.4 to 0.48 |  |
| `pattern.max_boost` | 0.033 → **0.01601** | 0.01 to 0.05 |  |
| `pattern.max_penalty` | 0.045 → **0.03942** | 0.01 to 0.05 |  |
| `ml.n_estimators` | 196 → **139** | 50 to 200 |  |
| `ml.max_depth` | 7 → **5** | 4 to 10 |  |
| `ml.learning_rate` | 0.065 → **0.01879** | 0.01 to 0.2 |  |
| `ml.num_leaves` | 31 → **44** | 20 to 50 |  |
| `confidence_compressor.max_confidence` | 0.667 → **0.6367** | 0.6 to 0.75 |  |
| `confidence_filter.threshold` | 0.565 → **0.5486** | 0.52 to 0.6 |  |
| `online.learning_rate` | 0.049 → **0.003931** | 0.001 to 0.1 |  |
| `online.min_weight` | 0.072 → **0.09126** | 0.05 to 0.2 |  |
| `online.max_weight` | 0.484 → **0.4385** | 0.4 to 0.6 |  |
| `ensemble.flat_threshold` | 0.571 → **0.5171** | 0.5 to 0.6 |  |
| `ensemble.min_margin` | 0.062 → **0.07195** | 0.02 to 0.1 |  |

## What it is worth

| in-sample |  |
| --- | --- |
| trials | 4, worth 1.8 independent ones |
| accuracy | 0.5067 (n=523, worth 481 independent predictions, 95 % 0.462 to 0.551) |
| ECE | 0.1211; perfect calibration shows 0.0214 on average and up to 0.0468 in 95 % |
| Sharpe ratio | 16.91 a year; P(true one above 0) is 0.74 for this trial alone and 0.69 after the search (deflated) |
| track record | 4,920 bars show with 95 % that it is above 0; there are 759 |
| backtest length | luck alone finds this ratio in less than 0.00057 years of data; there are 0.0014 |
| overfitting | PBO 0.28: of 12,870 halvings of the time, how often the best trial of one half is below the median in the other; it is not above the baseline of 0.5 there in 54%; accuracy 0.5123 where it was chosen, 0.498 in the other half |
| placebo | not run: titan-mlopt placebo |
| hold-out | none: all candles were tuned on, so no verdict is possible |

## Baselines

On the bars that the trials are scored on; the rules know no more than what came before.

| baseline | objective | accuracy | ECE | Sharpe |
| --- | --- | --- | --- | --- |
| **trial 2** | 0.456 | 0.5067 (n=523, 95 % 0.464 to 0.549) | 0.1211 (noise floor 0.0214) | 16.91 (± 26.32) |
| majority class so far | 0.4981 | 0.4981 (n=783, 95 % 0.463 to 0.533) | - | 10.84 (± 25.65) |
| the last direction again | 0.5589 | 0.5589 (n=798, 95 % 0.524 to 0.593) | - | 65.86 (± 25.70) |
| its opposite | 0.4411 | 0.4411 (n=798, 95 % 0.407 to 0.476) | - | -65.86 (± 25.70) |
| default config | 0.4306 | 0.4785 (n=558, 95 % 0.437 to 0.520) | 0.1541 (noise floor 0.0217) | -19.87 (± 26.32) |

## Top 4

| trial | objective | accuracy | ECE | Sharpe | coverage | seconds |
| --- | --- | --- | --- | --- | --- | --- |
| [2](#/experiments/1/runs/5abfbb117fd74f88902d1c479da7725f) | 0.456 | 0.5067 (n=523, 95 % 0.464 to 0.549) | 0.1211 (noise floor 0.0214) | 16.91 (± 26.32) | 0.69 | 0.3 |
| [1](#/experiments/1/runs/8f19df9948094d15b5a95f2907f374fe) | 0.45 | 0.5000 (n=412, 95 % 0.452 to 0.548) | 0.1295 (noise floor 0.0201) | 18.10 (± 26.32) | 0.54 | 0.2 |
| [0](#/experiments/1/runs/16fb0603b0e5426988724dc75e03ebc7) | 0.439 | 0.4878 (n=369, 95 % 0.437 to 0.539) | 0.1161 (noise floor 0.0240) | -0.78 (± 26.32) | 0.49 | 0.2 |
| [3](#/experiments/1/runs/ffdda17460944980aae4a53acf218ea0) | 0.4273 | 0.4747 (n=455, 95 % 0.429 to 0.521) | 0.1846 (noise floor 0.0299) | 1.39 (± 26.32) | 0.60 | 0.2 |

## States

| state | trials | reasons |
| --- | --- | --- |
| complete | 4 |  |

ECE above 0.05: 4 of 4 complete; 4 of them beyond what noise alone gives in 95 % (trials 0, 1, 2, 3).

## Commands

```sh
# Go on with 100 more trials
MLFLOW_TRACKING_URI=sqlite:///@FOLDER@/mlflow.db titan-mlopt tune --db @FOLDER@/titan.db --study-name titan --candles sample --more 100 --limit 800 --backtest titan.core.backtest:run_backtest --backtest-path @STANDIN@ --memory-per-trial 2GB --register-as titan-external

# Draw the report
titan-mlopt report --db @FOLDER@/titan.db --study-name titan

# Fetch the config
titan-mlopt export --db @FOLDER@/titan.db --study-name titan --out config.json
```
','534b2d70ee734ac49099773ad2401d45');
INSERT INTO "tags" VALUES('titan_mlopt.kind','sensitivity','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','0e91c3507f9ed68735726eb2cd8bb5ca5a7619a2489dc423873f55049b9c0094','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "tags" VALUES('mlflow.runName','sensitivity on sample','047c1b45a27e4876b01ae4705338ea1b');
INSERT INTO "tags" VALUES('titan_mlopt.kind','sensitivity_trial','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('titan_mlopt.trial','0','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('titan_mlopt.end','base','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('titan_mlopt.parameter','','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('mlflow.parentRunId','047c1b45a27e4876b01ae4705338ea1b','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','0e91c3507f9ed68735726eb2cd8bb5ca5a7619a2489dc423873f55049b9c0094','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('mlflow.runName','base 0','abb7947b7caa4434829dce206483a211');
INSERT INTO "tags" VALUES('titan_mlopt.kind','sensitivity_trial','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('titan_mlopt.trial','1','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('titan_mlopt.end','base','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('titan_mlopt.parameter','','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('mlflow.parentRunId','047c1b45a27e4876b01ae4705338ea1b','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','0e91c3507f9ed68735726eb2cd8bb5ca5a7619a2489dc423873f55049b9c0094','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('mlflow.runName','base 1','bc44343c61fd466b98cdceb893a38ecc');
INSERT INTO "tags" VALUES('titan_mlopt.kind','sensitivity_trial','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('titan_mlopt.trial','2','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('titan_mlopt.end','low','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('titan_mlopt.parameter','feature.fast_window','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('mlflow.parentRunId','047c1b45a27e4876b01ae4705338ea1b','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','0e91c3507f9ed68735726eb2cd8bb5ca5a7619a2489dc423873f55049b9c0094','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('mlflow.runName','feature.fast_window = 3 (low)','f32a9a903d37448385b46fdc2d8ccb06');
INSERT INTO "tags" VALUES('titan_mlopt.kind','sensitivity_trial','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('titan_mlopt.trial','3','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('titan_mlopt.end','high','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('titan_mlopt.parameter','feature.fast_window','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('mlflow.parentRunId','047c1b45a27e4876b01ae4705338ea1b','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','0e91c3507f9ed68735726eb2cd8bb5ca5a7619a2489dc423873f55049b9c0094','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('mlflow.runName','feature.fast_window = 10 (high)','a186aa1216a142a2a4ab4bcaa3f2fba1');
INSERT INTO "tags" VALUES('titan_mlopt.kind','sensitivity_trial','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('titan_mlopt.trial','4','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('titan_mlopt.end','low','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('titan_mlopt.parameter','ml.max_depth','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('mlflow.parentRunId','047c1b45a27e4876b01ae4705338ea1b','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','0e91c3507f9ed68735726eb2cd8bb5ca5a7619a2489dc423873f55049b9c0094','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('mlflow.runName','ml.max_depth = 4 (low)','553ac83710c5424fbddb4ca3c92580b8');
INSERT INTO "tags" VALUES('titan_mlopt.kind','sensitivity_trial','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('titan_mlopt.trial','5','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('titan_mlopt.end','high','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('titan_mlopt.parameter','ml.max_depth','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('titan_mlopt.state','COMPLETE','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('titan_mlopt.reason','','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('mlflow.parentRunId','047c1b45a27e4876b01ae4705338ea1b','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('titan_mlopt.candles_sha256','fc054de2583752d3373a4ce538da595840058b2fe66c8000fb2eec26e1a05622','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('titan_mlopt.backtest','titan.core.backtest:run_backtest','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('titan_mlopt.space_sha256','0e91c3507f9ed68735726eb2cd8bb5ca5a7619a2489dc423873f55049b9c0094','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('titan_mlopt.version','0.1.0+g1751a64facb8','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('mlflow.runName','ml.max_depth = 10 (high)','f65804b1b8364e2da82598133aab4f98');
INSERT INTO "tags" VALUES('mlflow.note.content','# Sensitivity

2 parameters, each varied alone to both ends of its range on 800 candles of sample.

- base accuracy 0.4785 (n=558, 95 % 0.437 to 0.520), ECE 0.1541, Sharpe -19.87; 2 runs
- noise none: the runs of the config itself are equal, so any difference counts

Differences to the base at the low / high end of each range:

| parameter | now | low → high | Δaccuracy | ΔECE | ΔSharpe | verdict |
| --- | --- | --- | --- | --- | --- | --- |
| feature.fast_window | 5 | 3 → 10 | -0.0006 / +0.0026 | +0.0015 / -0.0096 | +16.45 / +10.98 | moves |
| ml.max_depth | 7 | 4 → 10 | 0 / 0 | 0 / 0 | 0 / 0 | dead |

1 of 2 parameters is dead on these candles.

One parameter at a time: what two of them do together is not seen, and one that is dead here may act on other candles or around another config.

The differences are in-sample: they show what acts, not which value is better.
','047c1b45a27e4876b01ae4705338ea1b');
CREATE TABLE "trace_info" (
	request_id VARCHAR(50) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	timestamp_ms BIGINT NOT NULL, 
	execution_time_ms BIGINT, 
	status VARCHAR(50) NOT NULL, 
	client_request_id VARCHAR(50), 
	request_preview VARCHAR(1000), 
	response_preview VARCHAR(1000), 
	db_payload_generation INTEGER DEFAULT '0' NOT NULL, trace_name VARCHAR(4096), session_id VARCHAR(250), input_tokens BIGINT, output_tokens BIGINT, total_tokens BIGINT, cache_read_input_tokens BIGINT, cache_creation_input_tokens BIGINT, cache_creation_input_tokens_above_1hr BIGINT, input_cost FLOAT, output_cost FLOAT, total_cost FLOAT, 
	CONSTRAINT trace_info_pk PRIMARY KEY (request_id), 
	CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
CREATE TABLE trace_metrics (
	request_id VARCHAR(50) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT, 
	CONSTRAINT trace_metrics_pk PRIMARY KEY (request_id, "key"), 
	CONSTRAINT fk_trace_metrics_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE "trace_request_metadata" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	request_id VARCHAR(50) NOT NULL, 
	CONSTRAINT trace_request_metadata_pk PRIMARY KEY ("key", request_id), 
	CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE "trace_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	request_id VARCHAR(50) NOT NULL, 
	CONSTRAINT trace_tag_pk PRIMARY KEY ("key", request_id), 
	CONSTRAINT fk_trace_tags_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE webhook_events (
	webhook_id VARCHAR(256) NOT NULL, 
	entity VARCHAR(50) NOT NULL, 
	action VARCHAR(50) NOT NULL, 
	CONSTRAINT webhook_event_pk PRIMARY KEY (webhook_id, entity, action), 
	FOREIGN KEY(webhook_id) REFERENCES webhooks (webhook_id) ON DELETE cascade
);
CREATE TABLE "webhooks" (
	webhook_id VARCHAR(256) NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	description VARCHAR(1000), 
	url VARCHAR(500) NOT NULL, 
	status VARCHAR(20) DEFAULT 'ACTIVE' NOT NULL, 
	secret VARCHAR(1000), 
	creation_timestamp BIGINT, 
	last_updated_timestamp BIGINT, 
	deleted_timestamp BIGINT, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT webhook_pk PRIMARY KEY (webhook_id)
);
CREATE TABLE workspaces (
	name VARCHAR(63) NOT NULL, 
	description TEXT, 
	default_artifact_root TEXT, trace_archival_location TEXT, trace_archival_retention VARCHAR(32), 
	CONSTRAINT workspaces_pk PRIMARY KEY (name)
);
INSERT INTO "workspaces" VALUES('default','Default workspace for legacy resources',NULL,NULL,NULL);
CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
CREATE INDEX index_latest_metrics_run_uuid ON latest_metrics (run_uuid);
CREATE INDEX index_inputs_input_uuid ON inputs (input_uuid);
CREATE INDEX index_inputs_destination_type_destination_id_source_type ON inputs (destination_type, destination_id, source_type);
CREATE INDEX index_params_run_uuid ON params (run_uuid);
CREATE INDEX index_trace_tags_request_id ON trace_tags (request_id);
CREATE INDEX index_trace_request_metadata_request_id ON trace_request_metadata (request_id);
CREATE INDEX index_tags_run_uuid ON tags (run_uuid);
CREATE INDEX index_datasets_experiment_id_dataset_source_type ON datasets (experiment_id, dataset_source_type);
CREATE INDEX index_datasets_dataset_uuid ON datasets (dataset_uuid);
CREATE INDEX index_logged_model_metrics_model_id ON logged_model_metrics (model_id);
CREATE INDEX index_entity_associations_association_id ON entity_associations (association_id);
CREATE INDEX index_entity_associations_reverse_lookup ON entity_associations (destination_type, destination_id, source_type, source_id);
CREATE INDEX idx_webhook_events_entity ON webhook_events (entity);
CREATE INDEX idx_webhook_events_action ON webhook_events (action);
CREATE INDEX idx_webhook_events_entity_action ON webhook_events (entity, action);
CREATE UNIQUE INDEX index_scorers_experiment_id_scorer_name ON scorers (experiment_id, scorer_name);
CREATE INDEX index_scorer_versions_scorer_id ON scorer_versions (scorer_id);
CREATE INDEX index_evaluation_dataset_tags_dataset_id ON evaluation_dataset_tags (dataset_id);
CREATE INDEX index_evaluation_dataset_records_dataset_id ON evaluation_dataset_records (dataset_id);
CREATE INDEX index_endpoint_model_mappings_endpoint_id ON endpoint_model_mappings (endpoint_id);
CREATE INDEX index_endpoint_model_mappings_model_definition_id ON endpoint_model_mappings (model_definition_id);
CREATE INDEX index_endpoint_tags_endpoint_id ON endpoint_tags (endpoint_id);
CREATE INDEX index_trace_metrics_request_id ON trace_metrics (request_id);
CREATE UNIQUE INDEX unique_endpoint_model_linkage_mapping ON endpoint_model_mappings (endpoint_id, model_definition_id, linkage_type);
CREATE INDEX index_span_metrics_trace_id_span_id ON span_metrics (trace_id, span_id);
CREATE INDEX index_evaluation_datasets_name ON evaluation_datasets (name);
CREATE INDEX index_evaluation_datasets_created_time ON evaluation_datasets (created_time);
CREATE INDEX idx_webhooks_name ON webhooks (name);
CREATE INDEX idx_webhooks_status ON webhooks (status);
CREATE TRIGGER prevent_secrets_aad_mutation
BEFORE UPDATE ON secrets
FOR EACH ROW
WHEN OLD.secret_id != NEW.secret_id OR OLD.secret_name != NEW.secret_name
BEGIN
    SELECT RAISE(ABORT, 'secret_id and secret_name are immutable (used as AAD in encryption)');
END;
CREATE INDEX index_model_definitions_secret_id ON model_definitions (secret_id);
CREATE INDEX index_model_definitions_provider ON model_definitions (provider);
CREATE INDEX index_jobs_name_status_creation_time ON jobs (job_name, workspace, status, creation_time);
CREATE INDEX idx_experiments_workspace ON experiments (workspace);
CREATE INDEX idx_registered_models_workspace ON registered_models (workspace);
CREATE INDEX idx_experiments_workspace_creation_time ON experiments (workspace, creation_time);
CREATE INDEX idx_evaluation_datasets_workspace ON evaluation_datasets (workspace);
CREATE INDEX idx_webhooks_workspace ON webhooks (workspace);
CREATE INDEX idx_secrets_workspace ON secrets (workspace);
CREATE INDEX idx_endpoints_workspace ON endpoints (workspace);
CREATE INDEX idx_model_definitions_workspace ON model_definitions (workspace);
CREATE INDEX idx_budget_policies_workspace ON budget_policies (workspace);
CREATE INDEX index_issues_experiment_id ON issues (experiment_id);
CREATE INDEX index_issues_source_run_id ON issues (source_run_id);
CREATE INDEX index_issues_status ON issues (status);
CREATE INDEX index_metrics_run_uuid_key_step ON metrics (run_uuid, "key", step);
CREATE INDEX idx_guardrails_workspace ON guardrails (workspace);
CREATE INDEX idx_guardrails_scorer ON guardrails (scorer_id, scorer_version);
CREATE INDEX idx_guardrail_configs_endpoint_id ON guardrail_configs (endpoint_id);
CREATE INDEX idx_guardrail_configs_guardrail_id ON guardrail_configs (guardrail_id);
CREATE INDEX idx_model_version_tags_workspace_name_version ON model_version_tags (workspace, name, version);
CREATE INDEX idx_registered_model_tags_workspace_name ON registered_model_tags (workspace, name);
CREATE INDEX index_label_schemas_experiment_id ON label_schemas (experiment_id);
CREATE INDEX index_review_queues_experiment_id ON review_queues (experiment_id);
CREATE INDEX index_review_queue_users_user_id ON review_queue_users (user_id);
CREATE INDEX index_review_queue_items_queue_id_status ON review_queue_items (queue_id, status);
CREATE INDEX index_review_queue_items_item_id ON review_queue_items (item_id);
CREATE INDEX index_review_queue_label_schemas_schema_id ON review_queue_label_schemas (schema_id);
CREATE INDEX idx_mcp_server_versions_latest ON mcp_server_versions (workspace, name, status, version_major DESC, version_minor DESC, version_patch DESC);
CREATE INDEX ix_mcp_access_endpoints_server_name ON mcp_access_endpoints (workspace, server_name);
CREATE INDEX ix_mcp_access_endpoints_version ON mcp_access_endpoints (workspace, server_name, server_version);
CREATE INDEX ix_mcp_access_endpoints_alias ON mcp_access_endpoints (workspace, server_name, server_alias);
CREATE INDEX idx_budget_policies_target_value ON budget_policies (target_value);
CREATE INDEX index_trace_info_experiment_id_timestamp_ms ON trace_info (experiment_id, timestamp_ms);
CREATE INDEX index_trace_info_timestamp_ms_request_id ON trace_info (timestamp_ms, request_id);
CREATE INDEX index_assessments_assessment_type ON assessments (assessment_type);
CREATE INDEX index_assessments_trace_id_created_timestamp ON assessments (trace_id, created_timestamp);
CREATE INDEX index_assessments_run_id_created_timestamp ON assessments (run_id, created_timestamp);
CREATE INDEX index_assessments_last_updated_timestamp ON assessments (last_updated_timestamp);
CREATE INDEX index_spans_experiment_id_start_time ON spans (experiment_id, start_time_unix_nano);
CREATE INDEX index_spans_experiment_id_status_type ON spans (experiment_id, status, type);
CREATE INDEX index_spans_experiment_id_duration ON spans (experiment_id, duration_ns);
CREATE INDEX index_spans_experiment_id_type_status ON spans (experiment_id, type, status);
CREATE INDEX index_trace_info_experiment_id_session_id ON trace_info (experiment_id, session_id);
CREATE INDEX idx_trace_rollups_lookup ON sql_trace_metric_daily_rollups (experiment_id, rollup_day, metric_name, grouping_set, trace_status);
CREATE INDEX idx_span_cost_rollups_lookup ON sql_span_cost_daily_rollups (experiment_id, rollup_day, metric_name, grouping_set, model_name, model_provider);
CREATE INDEX idx_assessment_rollups_lookup ON sql_assessment_daily_rollups (experiment_id, rollup_day, metric_name, grouping_set);
CREATE INDEX idx_spans_cost_trace_time_cover ON spans (trace_id, start_time_unix_nano);
CREATE INDEX idx_spans_cost_exp_time_cover ON spans (experiment_id, start_time_unix_nano);
CREATE INDEX idx_assessments_exp_trace_ts ON assessments (experiment_id, trace_timestamp_ms);
CREATE INDEX idx_assessments_exp_trace_ts_name ON assessments (experiment_id, trace_timestamp_ms, name);
CREATE INDEX idx_assessments_exp_name_valid ON assessments (experiment_id, name, valid);
CREATE INDEX index_job_locks_job_id ON job_locks (job_id);
CREATE INDEX index_jobs_status_lease_expires_at ON jobs (status, lease_expires_at);
COMMIT;
