def test_it(micro):
    import json
    print(json.loads((micro.bundle/"reports/gate_report.json").read_text())["verdict"])
    assert micro.bundle.is_dir()
